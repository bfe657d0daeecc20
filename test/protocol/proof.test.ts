import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import net from 'node:net';
import { type TestContext, test } from 'node:test';
import { ProofError, proveAsProxy, proveAsWindow } from '../../src/protocol/proof.ts';
import { ByteReader } from '../support/byteReader.ts';

const secret = randomBytes(32);
const options = { secret, port: 7860, timeoutMs: 20_000 };

/** Both ends of a connection over a real socket. */
async function connect(t: TestContext): Promise<{ window: net.Socket; proxy: net.Socket }> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const window = net.connect((server.address() as net.AddressInfo).port, '127.0.0.1');
  const [proxy] = (await once(server, 'connection')) as [net.Socket];
  for (const socket of [window, proxy]) socket.on('error', () => socket.destroy());
  t.after(() => {
    window.destroy();
    proxy.destroy();
    server.close();
  });
  return { window, proxy };
}

/** What became of a proof: nothing to say, or why it was refused. The connection is of no use then. */
async function outcome(socket: net.Socket, proof: Promise<void>): Promise<string | undefined> {
  try {
    await proof;
    return undefined;
  } catch (error) {
    assert.ok(error instanceof ProofError);
    socket.destroy();
    return error.message;
  }
}

const unknown = 'the other end does not know the install secret';
const ended = 'the connection ended before the proof';

test('two ends that know the secret accept each other', async (t) => {
  const { window, proxy } = await connect(t);
  const both = [
    outcome(window, proveAsWindow(window, options)),
    outcome(proxy, proveAsProxy(proxy, options)),
  ];
  assert.deepEqual(await Promise.all(both), [undefined, undefined]);
});

test('a proxy that does not know the secret gets nothing but the nonce', async (t) => {
  const { window, proxy } = await connect(t);
  const reader = new ByteReader(proxy);
  proxy.write(randomBytes(64));

  assert.equal(await outcome(window, proveAsWindow(window, options)), unknown);
  assert.equal((await reader.rest()).length, 32);
});

test('a proxy with another secret is refused, and refuses', async (t) => {
  const { window, proxy } = await connect(t);
  const other = { ...options, secret: randomBytes(32) };
  const both = [outcome(window, proveAsWindow(window, options)), outcome(proxy, proveAsProxy(proxy, other))];
  assert.deepEqual(await Promise.all(both), [unknown, ended]);
});

test('a window that does not know the secret is refused', async (t) => {
  const { window, proxy } = await connect(t);
  const reader = new ByteReader(window);
  window.write(randomBytes(32));
  void reader.exactly(64).then(() => window.write(randomBytes(32)));

  assert.equal(await outcome(proxy, proveAsProxy(proxy, options)), unknown);
});

test('a window that sends the proof of the proxy back is refused', async (t) => {
  const { window, proxy } = await connect(t);
  const reader = new ByteReader(window);
  window.write(randomBytes(32));
  void reader.exactly(64).then((answer) => window.write(answer.subarray(32)));

  assert.equal(await outcome(proxy, proveAsProxy(proxy, options)), unknown);
});

test('the proof of one port does not hold for another', async (t) => {
  const { window, proxy } = await connect(t);
  const both = [
    outcome(window, proveAsWindow(window, options)),
    outcome(proxy, proveAsProxy(proxy, { ...options, port: 7861 })),
  ];
  assert.deepEqual(await Promise.all(both), [unknown, ended]);
});

test('a recorded conversation does not open the door again', async (t) => {
  const first = await connect(t);
  const said: Buffer[] = [];
  const write = first.window.write.bind(first.window);
  first.window.write = ((bytes: Buffer) => {
    said.push(bytes);
    return write(bytes);
  }) as typeof first.window.write;
  await Promise.all([proveAsWindow(first.window, options), proveAsProxy(first.proxy, options)]);
  assert.equal(said.length, 2);

  const second = await connect(t);
  second.window.write(Buffer.concat(said));
  assert.equal(await outcome(second.proxy, proveAsProxy(second.proxy, options)), unknown);
});

for (const text of ['GET / HTTP/1.1\r\n\r\n', 'short']) {
  test(`a program that says ${JSON.stringify(text)} and hangs up is refused`, async (t) => {
    const { window, proxy } = await connect(t);
    window.end(text);
    assert.equal(await outcome(proxy, proveAsProxy(proxy, options)), ended);
  });
}

test('an end that hangs up at once is refused by the other, whichever it is', async (t) => {
  const one = await connect(t);
  one.window.destroy();
  assert.equal(await outcome(one.proxy, proveAsProxy(one.proxy, options)), ended);
  const two = await connect(t);
  two.proxy.destroy();
  assert.equal(await outcome(two.window, proveAsWindow(two.window, options)), ended);
});

test('an end that says nothing is not waited for without end', async (t) => {
  const { window, proxy } = await connect(t);
  const impatient = { ...options, timeoutMs: 20 };
  assert.equal(await outcome(window, proveAsWindow(window, impatient)), 'no proof in time');
  const other = await connect(t);
  assert.equal(await outcome(other.proxy, proveAsProxy(other.proxy, impatient)), 'no proof in time');
  proxy.destroy();
});

test('only an end that says nothing at all is silent', async (t) => {
  const impatient = { ...options, timeoutMs: 20 };
  const { window } = await connect(t);
  await assert.rejects(proveAsWindow(window, impatient), { name: 'ProofError', isSilence: true });
  const talking = await connect(t);
  talking.proxy.write('x');
  await once(talking.window, 'readable');
  await assert.rejects(proveAsWindow(talking.window, impatient), { name: 'ProofError', isSilence: false });
});

test('a proof that comes byte by byte counts', async (t) => {
  const { window, proxy } = await connect(t);
  for (const socket of [window, proxy]) {
    const write = socket.write.bind(socket);
    socket.setNoDelay();
    socket.write = ((bytes: Buffer) => {
      for (const byte of bytes) write(Buffer.from([byte]));
      return true;
    }) as typeof socket.write;
  }
  const both = [
    outcome(window, proveAsWindow(window, options)),
    outcome(proxy, proveAsProxy(proxy, options)),
  ];
  assert.deepEqual(await Promise.all(both), [undefined, undefined]);
});

test('what a window sends right behind its proof reaches the next reader', async (t) => {
  const { window, proxy } = await connect(t);
  const proven = proveAsProxy(proxy, options);
  await proveAsWindow(window, options);
  window.write('first words');
  await proven;

  const reader = new ByteReader(proxy);
  assert.equal((await reader.exactly(11)).toString(), 'first words');
});

test('words in the same packet as the proof reach the next reader', async (t) => {
  const { window, proxy } = await connect(t);
  const write = window.write.bind(window);
  let writes = 0;
  window.write = ((bytes: Buffer) => {
    writes += 1;
    // The second is the proof.
    return write(writes === 2 ? Buffer.concat([bytes, Buffer.from('first words')]) : bytes);
  }) as typeof window.write;
  await Promise.all([proveAsWindow(window, options), proveAsProxy(proxy, options)]);

  const reader = new ByteReader(proxy);
  assert.equal((await reader.exactly(11)).toString(), 'first words');
});

test('words of the proxy right behind its proof reach the next reader', async (t) => {
  const { window, proxy } = await connect(t);
  const write = proxy.write.bind(proxy);
  proxy.write = ((bytes: Buffer) =>
    write(Buffer.concat([bytes, Buffer.from('welcome')]))) as typeof proxy.write;
  await Promise.all([proveAsWindow(window, options), proveAsProxy(proxy, options)]);

  const reader = new ByteReader(window);
  assert.equal((await reader.exactly(7)).toString(), 'welcome');
});
