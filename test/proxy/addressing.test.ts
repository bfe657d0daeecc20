import assert from 'node:assert/strict';
import os from 'node:os';
import { after, test } from 'node:test';
import { startGuardedProxy } from '../support/guardedProxy.ts';
import { connectRaw } from '../support/rawConnection.ts';

const { proxy, refuses, serves, headers, upstream } = await startGuardedProxy({ after });
const post = 'POST /v1/messages HTTP/1.1';
const { port } = proxy;

for (const host of [`127.0.0.1:${port}`, `localhost:${port}`, `LocalHost:${port}`]) {
  test(`is addressed as ${host.replace(String(port), 'PORT')}`, () =>
    serves([post, ...headers({ Host: host })]));
}

for (const host of [
  'evil.example',
  `evil.example:${port}`,
  '127.0.0.1',
  'localhost',
  `127.0.0.1:${port + 1}`,
  `127.0.0.1:0${port}`,
  `127.0.0.1:${port}:${port}`,
  `127.0.0.1.:${port}`,
  `127.1:${port}`,
  `2130706433:${port}`,
  `0.0.0.0:${port}`,
  `[::1]:${port}`,
  `127.evil.com:${port}`,
  `127.0.0.1.evil.com:${port}`,
  `localhost.evil:${port}`,
  `localhost.:${port}`,
  `evil.localhost:${port}`,
  `user@127.0.0.1:${port}`,
  `127.0.0.1:${port}@evil.example`,
  `127.0.0.1:${port}, evil.example`,
  `127.0.0.1:${port}/`,
  '',
]) {
  test(`is not addressed as "${host.replaceAll(String(port), 'PORT')}"`, () =>
    refuses(403, [post, ...headers({ Host: host })]));
}

test('a request without Host is refused', () => refuses(400, [post, ...headers({ Host: undefined })]));

for (const second of [`127.0.0.1:${port}`, 'evil.example']) {
  test(`a request with the Hosts of ours and ${second.replace(String(port), 'PORT')} is refused`, () =>
    refuses(400, [post, ...headers(), `Host: ${second}`]));
}

for (const version of ['HTTP/1.0', 'HTTP/2.0', 'HTTP/0.9', 'HTTP/1.2', 'http/1.1', 'HTTPS/1.1']) {
  test(`${version} is refused`, () => refuses(400, [`POST /v1/messages ${version}`, ...headers()]));
}

for (const target of [
  `http://127.0.0.1:${port}/v1/messages`,
  'http://evil.example/v1/messages',
  'https://evil.example/v1/messages',
  '*',
  '/v1/messages#fragment',
]) {
  test(`the target ${target.replace(String(port), 'PORT')} is refused`, () =>
    refuses(400, [`POST ${target} HTTP/1.1`, ...headers()]));
}

for (const target of [
  '/',
  '/v1',
  '/v1/',
  '/v1/messages/',
  '/v1//messages',
  '//v1/messages',
  '//evil.example/v1/messages',
  '/V1/messages',
  '/v1/messages/../../x',
  '/v1/x/../messages',
  '/./v1/messages',
  '/v1%2fmessages',
  '/v1/%6dessages',
  '/..%2f',
  '/v1/messages%00',
  '/v1/messages;x',
  '/@evil.example/v1/messages',
  '/v1/messages@evil.example',
  '/v1\\messages',
  '/v1/complete',
  '/v1/messages/batches',
  '/v1/messages/count_tokens/',
  '/v1/files',
  '/api/hello',
  '/metrics',
  '/config',
  '/health',
  '/v1/queue',
  '/admin',
  '/favicon.ico',
]) {
  test(`there is no route POST ${target}`, () => refuses(404, [`POST ${target} HTTP/1.1`, ...headers()]));
}

for (const method of ['GET', 'HEAD', 'PUT', 'DELETE', 'PATCH', 'TRACE', 'PROPFIND']) {
  test(`there is no route ${method} /v1/messages`, () =>
    refuses(404, [`${method} /v1/messages HTTP/1.1`, ...headers()]));
}

test('OPTIONS is refused', () => refuses(403, ['OPTIONS /v1/messages HTTP/1.1', ...headers()]));

test('CONNECT opens no tunnel', () =>
  refuses(undefined, [`CONNECT 127.0.0.1:${upstream.port} HTTP/1.1`, ...headers()]));

test('Upgrade is not taken up', () =>
  refuses(404, [
    'GET / HTTP/1.1',
    ...headers({ 'Content-Length': undefined, Connection: 'Upgrade', Upgrade: 'websocket' }),
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Version: 13',
  ]));

test('only 127.0.0.1 is listened on', async () => {
  const others = Object.values(os.networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ address, scopeid }) => address !== '127.0.0.1' && !scopeid)
    .map(({ address }) => address);
  if (process.platform === 'linux') others.push('127.0.0.2');
  assert.ok(others.length > 0, 'this machine has an address to try');
  for (const address of others) await assert.rejects(connectRaw(port, address), /ECONNREFUSED/, address);
});
