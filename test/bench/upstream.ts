import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageEnd, messageStart, textDelta, wholeMessage } from '../support/wire.ts';

/*
 * The endpoint of the benchmark, a process of its own: answers every request with a message, at once, or over the
 * milliseconds that the query names (`slowMs=3000`). It prints its port and ends with its standard input.
 */

const atOnce = wholeMessage('Hello there, what shall we look at?');
const deltaPauseMs = 100;

async function streamSlowly(response: http.ServerResponse, slowMs: number): Promise<void> {
  response.write(messageStart + textDelta('Once'));
  for (let passed = 0; passed < slowMs && !response.destroyed; passed += deltaPauseMs) {
    await sleep(deltaPauseMs);
    response.write(textDelta(' upon a time'));
  }
  response.end(messageEnd);
}

const server = http.createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
  response.on('error', () => response.destroy());
  request.on('error', () => response.destroy());
  request.resume().once('end', () => {
    const slowMs = Number(new URL(request.url ?? '/', 'http://127.0.0.1').searchParams.get('slowMs') ?? 0);
    response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'request-id': 'req_bench',
    });
    if (slowMs > 0) void streamSlowly(response, slowMs);
    else response.end(atOnce);
  });
});
server.listen(0, '127.0.0.1', 2048, () => {
  process.stdout.write(`${(server.address() as AddressInfo).port}\n`);
});
process.stdin.resume().once('end', () => process.exit());
