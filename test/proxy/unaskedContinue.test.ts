import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { UnaskedContinue } from '../../src/proxy/unaskedContinue.ts';

const interim = 'HTTP/1.1 100 Continue\r\n\r\n';
const answer = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';

/** A socket of which only `read` matters here: it hands out these pieces, then nothing. */
function socketWith(pieces: readonly Buffer[]): net.Socket {
  const rest = [...pieces];
  const socket = new net.Socket();
  socket.read = () => rest.shift() ?? null;
  return socket;
}

/** All that the reader of a socket gets. */
function readAll(socket: net.Socket, count: number): string {
  const parts: Buffer[] = [];
  for (let i = 0; i < count; i += 1) {
    const part: Buffer | null = socket.read();
    if (part) parts.push(part);
  }
  return Buffer.concat(parts).toString('latin1');
}

/** What the reader gets of an answer that comes in these pieces. */
function filtered(...pieces: readonly string[]): string {
  const socket = socketWith(pieces.map((piece) => Buffer.from(piece, 'latin1')));
  new UnaskedContinue(socket).expectAnswer();
  return readAll(socket, pieces.length);
}

test('an answer without it is passed on as it is', () => {
  assert.equal(filtered(answer), answer);
});

test('it is removed, with its headers', () => {
  assert.equal(filtered(interim + answer), answer);
  assert.equal(filtered(`HTTP/1.1 100 Continue\r\ndate: today\r\n\r\n${answer}`), answer);
});

test('any number of them is removed', () => {
  assert.equal(filtered(interim + interim, interim, answer), answer);
});

test('other interim answers and other statuses are passed on', () => {
  for (const text of ['HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n', 'HTTP/1.1 101 Switching\r\n\r\n']) {
    assert.equal(filtered(text + answer), text + answer);
  }
});

test('it is removed however the bytes are cut', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.integer({ min: 1, max: interim.length + answer.length - 1 })), (cuts) => {
      const all = interim + answer;
      const at = [0, ...cuts.sort((a, b) => a - b), all.length];
      const pieces = at.slice(1).map((end, index) => all.slice(at[index], end));
      assert.equal(filtered(...pieces), answer);
    }),
  );
});

test('what looks like it inside an answer is passed on', () => {
  const odd = `HTTP/1.1 200 OK\r\ncontent-length: ${interim.length}\r\n\r\n`;
  assert.equal(filtered(odd, interim), odd + interim);
});

test('what looks like it after an answer is passed on, until the next request goes out', () => {
  const socket = socketWith([answer, interim, interim + answer].map((text) => Buffer.from(text)));
  const unasked = new UnaskedContinue(socket);
  unasked.expectAnswer();
  assert.equal(readAll(socket, 2), answer + interim);
  unasked.expectAnswer();
  assert.equal(readAll(socket, 1), answer);
});

test('a head without an end is passed on, and not kept for ever', () => {
  const endless = `HTTP/1.1 100 Continue\r\nx: ${'a'.repeat(10_000)}`;
  assert.equal(filtered(endless, 'rest'), `${endless}rest`);
});

test('an end of the connection is no answer', () => {
  const socket = socketWith([]);
  new UnaskedContinue(socket).expectAnswer();
  assert.equal(socket.read(), null);
});

async function connected(t: TestContext): Promise<{ client: net.Socket; server: net.Socket }> {
  const listener = net.createServer().listen(0, '127.0.0.1');
  t.after(() => listener.close());
  await once(listener, 'listening');
  const client = net.connect((listener.address() as net.AddressInfo).port, '127.0.0.1');
  const [server] = (await once(listener, 'connection')) as [net.Socket];
  t.after(() => {
    client.destroy();
    server.destroy();
  });
  return { client, server };
}

test('it is removed from a real connection that is read when it is readable', async (t) => {
  const { client, server } = await connected(t);
  new UnaskedContinue(client).expectAnswer();
  let got = '';
  client.on('readable', () => {
    for (let part = client.read(); part !== null; part = client.read()) got += String(part);
  });
  server.end(interim + answer);
  await once(client, 'end');
  assert.equal(got, answer);
});
