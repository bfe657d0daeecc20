import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Dispatcher, Pool } from 'undici';

/*
 * What a proxy costs that does nothing: the least that Node can do between two sockets with the libraries that we
 * use, as a process of its own. `node passThrough.ts ORIGIN`; it prints its port and ends with its standard input.
 */

const [origin = ''] = process.argv.slice(2);
const pool = new Pool(origin, { connections: 1024, pipelining: 1, headersTimeout: 0, bodyTimeout: 0 });

const server = http.createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
  let upstream: Dispatcher.DispatchController | undefined;
  const { host: _, connection: _own, ...headers } = request.headers;
  response.on('error', () => response.destroy());
  response.on('drain', () => upstream?.resume());
  response.once('close', () => {
    if (!response.writableFinished) upstream?.abort(new Error('the client is gone'));
  });
  const options = { method: 'POST', path: request.url ?? '/', headers, body: request } as const;
  pool.dispatch(options as Dispatcher.DispatchOptions, {
    onRequestStart: (controller) => {
      upstream = controller;
    },
    onResponseStart: (_controller, status, answered) => {
      const { connection: _theirs, 'transfer-encoding': _chunked, ...kept } = answered;
      response.writeHead(status, kept as http.OutgoingHttpHeaders);
    },
    onResponseData: (controller, bytes) => {
      if (!response.write(bytes)) controller.pause();
    },
    onResponseEnd: () => void response.end(),
    onResponseError: () => void response.destroy(),
  });
});
server.listen(0, '127.0.0.1', 2048, () => {
  process.stdout.write(`${(server.address() as AddressInfo).port}\n`);
});
process.stdin.resume().once('end', () => process.exit());
