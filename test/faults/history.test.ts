import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { History } from '../support/history.ts';
import { type Answer, call } from '../support/proxyClient.ts';
import { textDelta, wholeMessage } from '../support/wire.ts';

/*
 * The rules that every run is judged by, each broken on purpose.
 */

interface Step {
  readonly port: number;
  /** The raw answer. */
  readonly sent: string;
}

const stream = (body: string) =>
  `HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
const refusal = 'HTTP/1.1 500 Internal Server Error\r\ncontent-length: 2\r\n\r\n{}';

/** Has a client answered with `body`, after a request has been at some upstreams, and returns what the history says. */
async function judged(
  t: TestContext,
  steps: readonly Step[],
  answer: { status?: number; body: string },
  lines: readonly object[] = [],
  leavesOpen = false,
): Promise<{ violations: string[]; answer: Answer }> {
  const history = new History();
  const server = http.createServer((request, response) => {
    for (const { port, sent } of steps) {
      const receipt = history.arrived(port, request.headers['x-test-call'] as string);
      assert.ok(receipt);
      receipt.bytes.add(sent);
      receipt.open = leavesOpen;
    }
    response.writeHead(answer.status ?? 200, { 'content-type': 'text/event-stream' }).end(answer.body);
  });
  server.listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  history.serving({ lines: () => lines, isOver: () => false });
  const got = await call({ port: (server.address() as AddressInfo).port, token: 'x', history });
  return { violations: await history.violations(1), answer: got };
}

const a = wholeMessage('a');
const b = wholeMessage('b');

test('the answer of one upstream breaks no rule', async (t) => {
  const { violations } = await judged(
    t,
    [
      { port: 1, sent: refusal },
      { port: 2, sent: stream(a) },
    ],
    { body: a },
  );
  assert.deepEqual(violations, []);
});

test('bytes of two upstreams are found', async (t) => {
  const steps = [
    { port: 1, sent: stream(a) },
    { port: 2, sent: stream(b) },
  ];
  const { violations } = await judged(t, steps, { body: a.slice(0, 500) + b });
  assert.match(violations.join(), /no single upstream has sent/);
});

test('a message that was cut short and ended cleanly is found', async (t) => {
  const { violations } = await judged(t, [{ port: 1, sent: stream(a) }], { body: a.slice(0, 500) });
  assert.match(violations.join(), /no single upstream has sent/);
});

test('a status that no upstream gave is found', async (t) => {
  const { violations } = await judged(t, [{ port: 1, sent: refusal }], { body: '{}' });
  assert.match(violations.join(), /no single upstream has sent/);
});

test('an attempt after the one that was passed on is found', async (t) => {
  const steps = [
    { port: 1, sent: stream(a) },
    { port: 2, sent: refusal },
  ];
  const { violations } = await judged(t, steps, { body: a });
  assert.match(violations.join(), /tried again after bytes had been passed on/);
});

test('an upstream that goes on without its client is found', async (t) => {
  const { violations } = await judged(t, [{ port: 1, sent: stream(a) }], { body: a }, [], true);
  assert.match(violations.join(), /goes on at upstream 1/);
});

test('a request that goes on in the log after its end is found', async (t) => {
  const line = { event: 'attempt', requestId: 'r', endpoint: 'e' };
  const lines = [
    { ...line, outcome: 'served', attempt: 1 },
    { ...line, outcome: 'failed', attempt: 2 },
  ];
  const { violations } = await judged(t, [], { body: '' }, lines);
  assert.match(violations.join(), /went on after its end/);
});

test('pings of our own and a message that was closed for its client break no rule', async (t) => {
  const ping = 'event: ping\ndata: {"type":"ping"}\n\n';
  const cut = a.slice(0, a.indexOf('event: content_block_stop'));
  const closing = b.slice(b.indexOf('event: content_block_stop'));
  const sent = stream(cut + textDelta('lost').slice(0, 20));
  const { violations } = await judged(t, [{ port: 1, sent }], { body: cut + ping + closing });
  assert.deepEqual(violations, []);
});
