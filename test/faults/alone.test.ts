import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { answers, breaksOff, page, refuses, silence, streams } from '../support/answers.ts';
import { muteEndpoint, refusingEndpoint, unknownHostEndpoint } from '../support/faultyEndpoints.ts';
import { modelGroups } from '../support/modelGroups.ts';
import { type Answer, apiError, call } from '../support/proxyClient.ts';
import { type Script, startUpstream } from '../support/scriptedUpstream.ts';
import { configOf, startProxy } from '../support/servedProxy.ts';
import { errorBody, errorEvent, messageRequest, ping, plainResponse, startOf } from '../support/wire.ts';

/*
 * The only endpoint is broken and nobody waits: what the client gets, shaped to its clocks. All cases share a server;
 * each has an endpoint of its own.
 */

interface Fault {
  readonly row: number;
  readonly script: Script;
  readonly status: number;
  /** The body, to the byte; without one the error is of our own. */
  readonly body?: string;
  /** What the message of an error of our own says. */
  readonly words?: RegExp;
  readonly headers?: Readonly<Record<string, string | RegExp | undefined>>;
  /** How often the endpoint is asked; not given where it depends on chance. */
  readonly asked?: number;
}

const quick = { asked: 2 } as const;
const retryLater = { 'retry-after': /^([1-9]|[1-5]\d|60)$/ } as const;
const hopeless = { 'x-should-retry': 'false' } as const;
const html = '<!DOCTYPE html>\n<html><body>Attention required</body></html>';

const json = (row: number, status: string, type: string, more: Partial<Fault> = {}): Fault => ({
  row,
  script: refuses(status, type),
  status: Number(status.slice(0, 3)),
  body: errorBody(type, `as it was: ${status}`),
  asked: 1,
  ...more,
});

const web = (row: number, status: string, more: Partial<Fault> = {}): Fault => ({
  row,
  script: page(status),
  status: Number(status.slice(0, 3)),
  body: html,
  ...more,
});

const limited = (value: string | undefined, retryAfter: string | RegExp, more: object = {}): Fault =>
  json(29, '429 Too Many Requests', 'rate_limit_error', {
    script: refuses(
      '429 Too Many Requests',
      'rate_limit_error',
      undefined,
      value === undefined ? [] : [`retry-after: ${value}`],
    ),
    headers: { 'retry-after': retryAfter, ...more },
  });

const reported = (type: string, status: number, more: Partial<Fault> = {}): Fault => ({
  row: 13,
  script: streams(startOf('msg_first'), ping, errorEvent(type, 'as it was')),
  status,
  body: errorBody(type, 'as it was'),
  ...more,
});

const lost = (row: number, script: Script): Fault => ({ row, script, status: 502, ...quick });
const late = (row: number, script: Script): Fault => ({ row, script, status: 504, asked: 1 });

const inAnHour = () => new Date(Date.now() + 3_600_000).toUTCString();
const inHalfAMinute = () => new Date(Date.now() + 30_000).toUTCString();
const longAgo = new Date(0).toUTCString();

const faults: Record<string, Fault> = {
  'a reset before the head': lost(6, (exchange) => exchange.reset()),
  'a close before the head': lost(6, (exchange) => exchange.end()),
  'no head': late(9, silence),
  'a head of one byte at a time': late(9, async (exchange) => {
    await exchange.send('HTTP/1.1 200 OK\r\nx-slow: ');
    const trickle = setInterval(() => exchange.socket.write('x'), 50);
    await exchange.closed;
    clearInterval(trickle);
  }),
  'a status line that is none': lost(10, (exchange) => exchange.send('SSH-2.0-OpenSSH_9.6\r\n\r\n')),
  'a head that is too large': lost(10, (exchange) =>
    exchange.send(`HTTP/1.1 200 OK\r\nx-large: ${'x'.repeat(1024 * 1024)}\r\n\r\n`),
  ),
  'a reset after message_start': lost(12, breaksOff(startOf('msg_first') + ping, 'reset')),
  'a clean end after message_start': lost(12, breaksOff(startOf('msg_first'), 'cleanEnd')),
  'an overloaded_error event': reported('overloaded_error', 503, { headers: retryLater }),
  'an api_error event': reported('api_error', 500),
  'a timeout_error event': reported('timeout_error', 504),
  'a rate_limit_error event': reported('rate_limit_error', 429, { headers: retryLater }),
  'an authentication_error event': reported('authentication_error', 401, { headers: hopeless }),
  'a permission_error event': reported('permission_error', 403),
  '400': json(25, '400 Bad Request', 'invalid_request_error'),
  '401': json(26, '401 Unauthorized', 'authentication_error', { headers: hopeless }),
  '402': json(26, '402 Payment Required', 'billing_error'),
  '403': json(26, '403 Forbidden', 'permission_error'),
  '404': json(27, '404 Not Found', 'not_found_error'),
  '405': json(27, '405 Method Not Allowed', 'invalid_request_error'),
  '501': json(27, '501 Not Implemented', 'api_error'),
  '413': json(28, '413 Payload Too Large', 'request_too_large'),
  '413 HTML': web(28, '413 Payload Too Large'),
  '422': json(24, '422 Unprocessable Entity', 'invalid_request_error'),
  '429 with retry-after 30': limited('30', '30'),
  '429 with retry-after 61': limited('61', '60'),
  '429 with retry-after 600': limited('600', '60', { 'x-should-retry': undefined }),
  '429 with retry-after 700': limited('700', '60', hopeless),
  '429 with a huge retry-after': limited('99999999999', '60', hopeless),
  '429 with a date in half a minute': limited(inHalfAMinute(), /^(2[5-9]|30)$/),
  '429 with a date in an hour': limited(inAnHour(), '60', hopeless),
  '429 with a date of long ago': limited(longAgo, /^[12]$/),
  '429 with retry-after 0': limited('0', /^[12]$/),
  '429 with a negative retry-after': limited('-5', /^[12]$/),
  '429 with a retry-after that is none': limited('soon', /^[12]$/),
  '429 without retry-after': limited(undefined, /^[12]$/),
  '500': json(31, '500 Internal Server Error', 'api_error', quick),
  '502': json(31, '502 Bad Gateway', 'api_error', quick),
  '502 HTML': web(31, '502 Bad Gateway', quick),
  '503': {
    ...json(31, '503 Service Unavailable', 'api_error', { headers: retryLater }),
    asked: 0,
  },
  '503 HTML': web(31, '503 Service Unavailable', { ...quick, headers: retryLater }),
  '504': json(31, '504 Gateway Timeout', 'timeout_error', quick),
  '520 HTML': web(31, '520 Web Server Returned an Unknown Error', quick),
  '529': {
    ...json(31, '529 Overloaded', 'overloaded_error', { headers: retryLater }),
    status: 503,
    asked: 0,
  },
  '403 HTML': web(31, '403 Forbidden', quick),
  '408': json(31, '408 Request Timeout', 'api_error', quick),
  '409': json(31, '409 Conflict', 'api_error', quick),
  '500 with a long retry-after': json(31, '500 Internal Server Error', 'api_error', {
    script: refuses('500 Internal Server Error', 'api_error', undefined, ['retry-after: 3000']),
    headers: { 'retry-after': '60' },
    ...quick,
  }),
  'a redirect': {
    row: 32,
    status: 502,
    words: /elsewhere/,
    headers: { location: undefined, ...hopeless },
    asked: 1,
    script: (exchange) =>
      exchange.send(plainResponse('302 Found', '', ['location: https://127.0.0.1:9/v1/messages'])),
  },
  'a web page as an answer': { row: 33, status: 502, script: page('200 OK'), words: /web page/ },
  'an answer of no bytes': {
    row: 33,
    status: 502,
    script: (exchange) => exchange.send(plainResponse('200 OK', '')),
    words: /empty/,
  },
  'a stream of no bytes': { row: 33, status: 502, script: streams(), words: /empty/ },
};

const scope = { after };
const groups = modelGroups();
const healthy = await startUpstream(scope, answers('all is well'));
const healthyModel = groups.add(healthy.endpoint());
const cases = await Promise.all(
  Object.entries(faults).map(async ([name, fault]) => {
    const e1 = await startUpstream(scope, fault.script);
    return { name, e1, model: groups.add(e1.endpoint()), ...fault };
  }),
);
const refusing = groups.add(await refusingEndpoint('refusing'));
const unknownHost = groups.add(unknownHostEndpoint());
const mute = groups.add(await muteEndpoint(scope));
const untrusted = await startUpstream(scope, answers('never'), { tls: true });
const untrustedModel = groups.add(untrusted.endpoint({ name: 'untrusted' }));
const timeouts = { firstByte: 4000, connect: 500 };
const proxy = await startProxy(scope, configOf(groups.endpoints, { patienceSeconds: 0, timeouts }));

const ask = (model: string): Promise<Answer> =>
  call(proxy, { body: messageRequest({ model, stream: true }) });

// Tries at the same endpoint again are a share of all requests.
before(async () => {
  for (let i = 0; i < 10; i += 1) await Promise.all(Array.from({ length: 40 }, () => ask(healthyModel)));
});

describe('the lone endpoint’s', { concurrency: 12 }, () => {
  for (const { name, row, e1, model, status, body, words, headers = {}, asked } of cases) {
    test(`row ${row}: ${name} becomes ${status}`, async () => {
      const answer = await ask(model);

      assert.equal(answer.status, status);
      assert.equal(answer.end, 'clean');
      if (body === undefined) {
        const error = apiError(answer);
        assert.equal(error.type, status === 504 ? 'timeout_error' : 'api_error');
        assert.ok(error.message.includes(e1.name));
        if (words) assert.match(error.message, words);
      } else {
        assert.equal(answer.text, body);
      }
      for (const [header, expected] of Object.entries(headers)) {
        const value = answer.header(header);
        if (expected instanceof RegExp) assert.match(value ?? '', expected);
        else assert.equal(value, expected);
      }
      if (asked) assert.equal(e1.requests.length, asked);
    });
  }

  test('row 3: refusal of the connection becomes a 502, and never blocks', async () => {
    for (let i = 0; i < 5; i += 1) {
      const answer = await ask(refusing);
      assert.equal(answer.status, 502);
      assert.match(apiError(answer).message, /"refusing", refused/);
    }
  });

  test('row 1: host name that does not resolve becomes a 502 that names it', async () => {
    const answer = await ask(unknownHost);
    assert.equal(answer.status, 502);
    assert.match(apiError(answer).message, /"nowhere".*resolved/);
  });

  test('row 4: connection that does not stand in time becomes a 504', async () => {
    const answer = await ask(mute);
    assert.equal(answer.status, 504);
    assert.match(apiError(answer).message, /"mute", did not accept the connection in time/);
  });

  test('row 5: certificate that nobody vouches for becomes a 502 that is final', async () => {
    const answer = await ask(untrustedModel);
    assert.equal(answer.status, 502);
    assert.equal(answer.header('x-should-retry'), 'false');
    assert.match(apiError(answer).message, /certificate/);
    assert.equal(untrusted.requests.length, 0);
  });
});
