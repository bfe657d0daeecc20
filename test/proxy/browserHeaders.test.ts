import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { startGuardedProxy } from '../support/guardedProxy.ts';
import { apiError, call } from '../support/proxyClient.ts';

const { proxy, refuses, serves, headers } = await startGuardedProxy({ after });
const post = 'POST /v1/messages HTTP/1.1';

for (const line of [
  'Origin: https://evil.example',
  'Origin: null',
  'Origin: ',
  `Origin: http://127.0.0.1:${proxy.port}`,
  'origin: vscode-webview://abc',
  'Sec-Fetch-Site: cross-site',
  'Sec-Fetch-Site: same-site',
  'Sec-Fetch-Site: same-origin',
  'Sec-Fetch-Site: ',
  'Access-Control-Request-Method: POST',
  'Access-Control-Request-Headers: x-api-key',
  'Access-Control-Request-Private-Network: true',
]) {
  test(`a request with "${line.replace(String(proxy.port), 'PORT')}" is refused though it has the token`, () =>
    refuses(403, [post, ...headers(), line]));
}

test('a request that the user typed into a browser is no request of a page', () =>
  serves([post, ...headers(), 'Sec-Fetch-Site: none']));

test('that it comes from a page is said before anything else is looked at', () =>
  refuses(403, ['POST /nowhere HTTP/1.0', 'Origin: https://evil.example', 'Content-Length: 0']));

test('the warm-up route is closed to pages too', () =>
  refuses(
    403,
    ['HEAD /api/hello HTTP/1.1', ...headers({ 'Content-Length': undefined }), 'Origin: null'],
    '',
  ));

test('the refusal permits nothing', async () => {
  const answer = await call(proxy, { headers: ['origin', 'https://evil.example'] });

  assert.equal(answer.status, 403);
  assert.equal(apiError(answer).type, 'permission_error');
  const names = answer.rawHeaders.filter((_, i) => i % 2 === 0).map((name) => name.toLowerCase());
  assert.deepEqual(
    names.filter((name) => name.startsWith('access-control-')),
    [],
  );
});
