import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import {
  answerOf,
  answers,
  breaksOff,
  page,
  refuses,
  sendPings,
  silence,
  streams,
} from '../support/answers.ts';
import { refusingEndpoint } from '../support/faultyEndpoints.ts';
import { modelGroups } from '../support/modelGroups.ts';
import { call } from '../support/proxyClient.ts';
import { type Script, startUpstream } from '../support/scriptedUpstream.ts';
import { configOf, startProxy } from '../support/servedProxy.ts';
import {
  chunk,
  errorEvent,
  messageRequest,
  overloadedError,
  ping,
  plainResponse,
  startOf,
  streamHead,
  thinkingStart,
  wholeJsonMessage,
} from '../support/wire.ts';

/*
 * Of two endpoints the first is broken: the client gets the whole answer of the second one and nothing else. All
 * cases share a server; each has two endpoints of its own.
 */

interface Fault {
  readonly row: number;
  readonly script: Script;
  /** How often the first endpoint is asked; default once. */
  readonly asked?: number;
  /** Only a fault of streams, or of answers in one piece. */
  readonly only?: 'stream' | 'json';
}

const creditBalance = 'Your credit balance is too low to access the Anthropic API.';

const faults: Record<string, Fault> = {
  'a refused key (401)': { row: 26, script: refuses('401 Unauthorized', 'authentication_error') },
  'a spent key (402)': { row: 26, script: refuses('402 Payment Required', 'billing_error') },
  'a spent key (400)': {
    row: 26,
    script: refuses('400 Bad Request', 'invalid_request_error', creditBalance),
  },
  'a key without permission (403)': { row: 26, script: refuses('403 Forbidden', 'permission_error') },
  'a firewall (403 HTML)': { row: 31, script: page('403 Forbidden') },
  'an unknown model (404)': {
    row: 27,
    script: refuses('404 Not Found', 'not_found_error', 'model: claude-test'),
  },
  'an unknown method (405)': { row: 27, script: refuses('405 Method Not Allowed') },
  'a route that is not implemented (501)': { row: 27, script: refuses('501 Not Implemented') },
  'any 400': { row: 25, script: refuses('400 Bad Request', 'invalid_request_error', 'not today') },
  'a time out of its own (408)': { row: 31, script: refuses('408 Request Timeout'), asked: 2 },
  'a conflict (409)': { row: 31, script: refuses('409 Conflict'), asked: 2 },
  'a body that is too large for a relay (413 HTML)': { row: 28, script: page('413 Payload Too Large') },
  '429 with retry-after': {
    row: 29,
    script: refuses('429 Too Many Requests', 'rate_limit_error', 'x', ['retry-after: 30']),
  },
  '429 without retry-after': { row: 29, script: refuses('429 Too Many Requests', 'rate_limit_error') },
  '500': { row: 31, script: refuses('500 Internal Server Error') },
  '502 HTML': { row: 31, script: page('502 Bad Gateway') },
  '503': { row: 31, script: refuses('503 Service Unavailable') },
  '503 HTML': { row: 31, script: page('503 Service Unavailable') },
  '504': { row: 31, script: refuses('504 Gateway Timeout', 'timeout_error') },
  '520': { row: 31, script: page('520 Web Server Returned an Unknown Error') },
  '529': { row: 31, script: refuses('529 Overloaded', 'overloaded_error', 'Overloaded') },
  'a status that nobody knows': { row: 31, script: refuses('499 Whatever') },
  'a redirect': {
    row: 32,
    script: (exchange) =>
      exchange.send(
        plainResponse('307 Temporary Redirect', '', ['location: https://127.0.0.1:9/v1/messages']),
      ),
  },
  'a reset before the head': { row: 6, script: (exchange) => exchange.reset() },
  'a close before the head': { row: 6, script: (exchange) => exchange.end() },
  'a close inside the head': {
    row: 6,
    script: async (exchange) => {
      await exchange.send('HTTP/1.1 200 OK\r\ncontent-ty');
      exchange.end();
    },
  },
  'a status line that is none': {
    row: 10,
    script: (exchange) => exchange.send('SSH-2.0-OpenSSH_9.6\r\n\r\n'),
  },
  'a head that is too large': {
    row: 10,
    script: (exchange) => exchange.send(`HTTP/1.1 200 OK\r\nx-large: ${'x'.repeat(1024 * 1024)}\r\n\r\n`),
  },
  'a chunk of impossible size': {
    row: 10,
    script: async (exchange) => {
      await exchange.send(streamHead);
      await exchange.send('zz\r\n');
      await exchange.closed;
    },
  },
  'an answer of no bytes': {
    row: 33,
    script: (exchange) => exchange.send(plainResponse('200 OK', '', ['content-type: application/json'])),
  },
  'a stream of no bytes': { row: 33, script: streams(), only: 'stream' },
  'a stream of pings alone': { row: 33, script: streams(ping, ping), only: 'stream' },
  'a web page as an answer': { row: 33, script: page('200 OK') },
  'a web page that says it is JSON': {
    row: 33,
    script: (exchange) =>
      exchange.send(
        plainResponse('200 OK', '<html><body>Log in</body></html>', ['content-type: application/json']),
      ),
  },
  'a message that is cut': {
    row: 12,
    only: 'json',
    script: async (exchange) => {
      await exchange.send(
        'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 50\r\n\r\n{"type":',
      );
      exchange.end();
    },
  },
  'an error event alone': { row: 13, script: streams(overloadedError), only: 'stream' },
  'an error event after message_start': {
    row: 13,
    script: streams(startOf('msg_first'), ping, overloadedError),
    only: 'stream',
  },
  'a refused key as an error event': {
    row: 13,
    script: streams(startOf('msg_first'), errorEvent('authentication_error', 'invalid x-api-key')),
    only: 'stream',
  },
  'an error event after the start of thinking': {
    row: 13,
    script: streams(startOf('msg_first'), thinkingStart(), errorEvent('api_error', 'Internal server error')),
    only: 'stream',
  },
  'a reset after message_start': {
    row: 12,
    script: breaksOff(startOf('msg_first') + ping, 'reset'),
    only: 'stream',
  },
  'a close after message_start': {
    row: 12,
    script: breaksOff(startOf('msg_first'), 'close'),
    only: 'stream',
  },
  'a clean end after message_start': {
    row: 12,
    script: breaksOff(startOf('msg_first'), 'cleanEnd'),
    only: 'stream',
  },
  'a clean end after the start of thinking': {
    row: 12,
    script: breaksOff(startOf('msg_first') + thinkingStart(), 'cleanEnd'),
    only: 'stream',
  },
  'an error of 20 MB': {
    row: 10,
    script: (exchange) =>
      exchange.send(plainResponse('500 Internal Server Error', 'x'.repeat(20 * 1024 * 1024))),
  },
  'a header that cannot be passed on': {
    row: 10,
    script: (exchange) => exchange.send(plainResponse('200 OK', '{}', ['x-bad: a\x01b'])),
  },
  'a status of no class': { row: 10, script: refuses('999 Strange') },
  'an answer without content (204)': {
    row: 33,
    script: (exchange) => exchange.send('HTTP/1.1 204 No Content\r\n\r\n'),
  },
  'an error that calls itself a success': { row: 33, script: refuses('200 OK') },
  'an error that calls itself a success, in the words of others': {
    row: 33,
    script: (exchange) =>
      exchange.send(
        plainResponse('200 OK', '{"error":{"message":"no channel","code":"x"}}', [
          'content-type: application/json',
        ]),
      ),
  },
  'an answer in one piece where a stream was asked for': {
    row: 33,
    script: (exchange) =>
      exchange.send(
        plainResponse('200 OK', wholeJsonMessage('all at once'), ['content-type: application/json']),
      ),
    only: 'stream',
  },
  'an error event without its name': {
    row: 13,
    script: streams(startOf('msg_first'), overloadedError.replace('event: error\n', '')),
    only: 'stream',
  },
  'an error event in CRLF behind a byte order mark': {
    row: 13,
    script: streams(`\uFEFF${(startOf('msg_first') + overloadedError).replaceAll('\n', '\r\n')}`),
    only: 'stream',
  },
  'an error event in pieces': {
    row: 13,
    script: async (exchange) => {
      await exchange.send(streamHead);
      for (const byte of Buffer.from(startOf('msg_first') + overloadedError)) {
        await exchange.send(chunk(Buffer.of(byte)));
      }
      await exchange.closed;
    },
    only: 'stream',
  },
  'no head': { row: 9, script: silence, only: 'stream' },
  'a head of one byte at a time': {
    row: 9,
    only: 'stream',
    script: async (exchange) => {
      await exchange.send('HTTP/1.1 200 OK\r\nx-slow: ');
      const trickle = setInterval(() => exchange.socket.write('x'), 50);
      await exchange.closed;
      clearInterval(trickle);
    },
  },
  'a head and no message': {
    row: 9,
    only: 'stream',
    script: async (exchange) => {
      await exchange.send(streamHead);
      await exchange.closed;
    },
  },
  'pings and no message': {
    row: 9,
    only: 'stream',
    script: async (exchange) => {
      await exchange.send(streamHead);
      await sendPings(exchange, 50);
    },
  },
  'half of message_start': {
    row: 12,
    script: async (exchange) => {
      await exchange.send(streamHead);
      await exchange.send(chunk(startOf('msg_first').slice(0, 60)));
      exchange.end();
    },
    only: 'stream',
  },
};

const scope = { after };
const groups = modelGroups();
const second = 'the answer of the second endpoint';

const cases = await Promise.all(
  Object.entries(faults).flatMap(([fault, { row, script, asked = 1, only }]) =>
    (['stream', 'json'] as const)
      .filter((form) => only === undefined || only === form)
      .map(async (form) => {
        const e1 = await startUpstream(scope, script);
        const e2 = await startUpstream(scope, answers(second));
        const model = groups.add(e1.endpoint(), e2.endpoint());
        return { row, fault, form, e1, e2, model, asked };
      }),
  ),
);
const refused = await Promise.all(
  (['stream', 'json'] as const).map(async (form) => {
    const e2 = await startUpstream(scope, answers(second));
    return { form, e2, model: groups.add(await refusingEndpoint(), e2.endpoint()) };
  }),
);
// Long enough for every answer that comes at all on a slow machine.
const timeouts = { messageStart: 1500, firstByte: 30_000 };
const proxy = await startProxy(scope, configOf(groups.endpoints, { patienceSeconds: 0, timeouts }));

const formNames = { stream: 'streamed', json: 'not streamed' };

describe('the second endpoint answers', { concurrency: 8 }, () => {
  for (const { row, fault, form, e1, e2, model, asked } of cases) {
    test(`row ${row}: after ${fault}, ${formNames[form]}`, async () => {
      const stream = form === 'stream';
      const answer = await call(proxy, { body: messageRequest({ model, stream }) });

      assert.equal(answer.status, 200);
      assert.equal(answer.text, answerOf(second, stream));
      assert.equal(answer.end, 'clean');
      assert.equal(e1.requests.length, asked);
      assert.equal(e2.requests.length, 1);
      const names = [e1, e2].map(({ name }) => name);
      const attempts = (await proxy.attemptsAt(names, asked + 1)).map((line) => [
        line.endpoint,
        line.outcome,
      ]);
      assert.deepEqual(attempts, [
        ...Array.from({ length: asked }, () => [e1.name, 'failed']),
        [e2.name, 'served'],
      ]);
    });
  }

  for (const { form, e2, model } of refused) {
    test(`row 3: after a refused connection, ${formNames[form]}`, async () => {
      const stream = form === 'stream';
      const answer = await call(proxy, { body: messageRequest({ model, stream }) });

      assert.equal(answer.status, 200);
      assert.equal(answer.text, answerOf(second, stream));
      assert.equal(e2.requests.length, 1);
    });
  }
});
