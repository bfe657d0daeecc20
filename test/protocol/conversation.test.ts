import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { test } from 'node:test';
import { type MessageConnection, RequestType } from 'vscode-jsonrpc/node';
import { converse } from '../../src/protocol/conversation.ts';
import { onEnd } from '../support/scope.ts';

const greet = new RequestType<string, string, void>('greet');

/** Two ends of a connection. */
async function pair(scope: Parameters<typeof onEnd>[0]): Promise<[net.Socket, net.Socket]> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const near = net.connect((server.address() as net.AddressInfo).port, '127.0.0.1');
  const [far] = (await once(server, 'connection')) as [net.Socket];
  onEnd(scope, () => {
    near.destroy();
    far.destroy();
    server.close();
  });
  return [near, far];
}

test('both ends of a conversation can ask', async (t) => {
  const [near, far] = (await pair(t)).map(converse) as [MessageConnection, MessageConnection];
  far.onRequest(greet, (name) => `hello ${name}`);
  for (const end of [near, far]) end.listen();
  assert.equal(await near.sendRequest(greet, 'there'), 'hello there');
});

test('nothing goes on when the other end is killed in the middle of a message', async (t) => {
  const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
  const before = timers();
  const [near, far] = await pair(t);
  const conversation = converse(near);
  conversation.listen();
  const received = once(near, 'data');
  far.write('Content-Length: 100\r\n\r\n{"jsonrpc"');
  await received;
  const closed = once(near, 'close');
  far.destroy();
  await closed;
  conversation.dispose();
  assert.equal(timers(), before);
});
