import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import {
  answerOf,
  answers,
  type Break,
  breaksOff,
  page,
  refuses,
  streams,
  wantsStream,
} from '../support/answers.ts';
import { claudeCodeHeaders, conversation } from '../support/claudeCode.ts';
import { type Answer, call, type Target } from '../support/proxyClient.ts';
import { connectRaw } from '../support/rawConnection.ts';
import { type Script, startUpstream } from '../support/scriptedUpstream.ts';
import { configOf, startProxy } from '../support/servedProxy.ts';
import {
  messageRequest,
  overloadedError,
  plainResponse,
  startOf,
  stopOf,
  textDelta,
  textStart,
  thinkingDelta,
  thinkingStart,
  toolDelta,
  toolStart,
} from '../support/wire.ts';

/*
 * What takes several seconds, most of them waiting: these tests run side by side.
 */

/** Numbers from 0 up to 1 that follow from a seed (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const begun = startOf('msg_cut');
const pieces = [
  begun,
  begun + textStart() + textDelta('half'),
  begun + thinkingStart() + thinkingDelta('hm') + stopOf(0) + textStart(1) + textDelta('half', 1),
  begun + textStart() + textDelta('whole') + stopOf(0) + toolStart(1) + toolDelta('{"a":', 1),
];
const ways: readonly Break[] = ['reset', 'close', 'cleanEnd'];

const refusals: readonly Script[] = [
  refuses('500 Internal Server Error'),
  refuses('502 Bad Gateway'),
  refuses('503 Service Unavailable'),
  refuses('529 Overloaded', 'overloaded_error', 'Overloaded'),
  refuses('408 Request Timeout'),
  refuses('429 Too Many Requests', 'rate_limit_error', 'slow', ['retry-after-ms: 50']),
  refuses('400 Bad Request', 'invalid_request_error', 'not with me'),
  refuses('422 Unprocessable Entity', 'invalid_request_error', 'no'),
  page('503 Service Unavailable'),
  page('200 OK'),
  (exchange) => exchange.reset(),
  (exchange) => exchange.end(),
  streams(),
  streams(begun, overloadedError),
  streams(begun + textStart() + textDelta('half') + overloadedError),
];

const asMessage = (name: string): Script => {
  const response = plainResponse('200 OK', `{"type":"message","name":"${name}"}`, [
    'content-type: application/json',
  ]);
  return (exchange) => exchange.send(response);
};

const nameIn = (text: string): string => text.match(/"name":"(\w+)"/)?.[1] ?? text;

/** Runs jobs, so many at a time. */
async function inParallel(count: number, atOnce: number, job: (index: number) => Promise<void>) {
  let next = 0;
  const worker = async () => {
    while (next < count) {
      next += 1;
      await job(next - 1);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'qcc-test-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'state');
}

describe('in the long run', { concurrency: 8 }, () => {
  test('1 000 conversations stay where they are, across a restart too, and move once when they have to', async (t) => {
    const names = ['a', 'b', 'c'];
    const upstreams = await Promise.all(names.map((name) => startUpstream(t, asMessage(name))));
    const endpoints = upstreams.map((upstream, index) => upstream.endpoint({ name: names[index] }));
    const config = configOf(endpoints, { patienceSeconds: 0 }, { strategy: 'weighted' });
    const state = temporaryFolder(t);
    const agent = new http.Agent({ keepAlive: true, maxSockets: 16 });
    t.after(() => agent.destroy());

    const conversations = Array.from({ length: 1000 }, (_, index) => ({
      id: `talk-${index}`,
      at: [] as string[],
    }));
    const turns = async (target: Target, count: number) => {
      for (let turn = 0; turn < count; turn += 1) {
        await inParallel(conversations.length, 16, async (index) => {
          const each = conversations[index];
          assert.ok(each);
          const answer = await call(target, { headers: conversation(each.id), agent });
          assert.equal(answer.status, 200);
          each.at.push(nameIn(answer.text));
        });
      }
    };
    const moves = ({ at }: { at: readonly string[] }) =>
      at.filter((name, index) => index > 0 && name !== at[index - 1]).length;

    const first = await startProxy(t, config, { state });
    await turns(first, 5);
    assert.equal(await first.stop(), 0);
    const second = await startProxy(t, config, { state });
    await turns(second, 5);
    assert.deepEqual(
      conversations.filter((each) => moves(each) > 0),
      [],
    );

    // One goes away for good: its conversations move, each once, and nobody else's.
    await upstreams[0]?.close();
    await turns(second, 2);
    for (const each of conversations) {
      assert.equal(moves(each), each.at[0] === 'a' ? 1 : 0, `${each.id}: ${each.at}`);
    }
    const share = conversations.filter((each) => each.at[0] === 'a').length;
    assert.ok(share > 250 && share < 420, `${share} of 1000 began at the first of three`);
  });

  // Whatever happens, a client gets the whole answer of one endpoint, an error, or a broken connection, never a
  // mixture. What the bytes were is judged by the history of the run.
  for (const seed of [20261120, 1, 77]) {
    test(`faults by chance never mix answers (seed ${seed})`, async (t) => {
      const random = seeded(seed);
      const among = <T>(all: readonly T[]): T => all[Math.floor(random() * all.length)] as T;
      const byChance =
        (name: string): Script =>
        (exchange) => {
          if (random() < 0.4) return answers(`the answer of ${name}`)(exchange);
          if (!wantsStream(exchange.request) || random() < 0.6) return among(refusals)(exchange);
          return breaksOff(among(pieces), among(ways))(exchange);
        };
      const upstreams = await Promise.all(['a', 'b', 'c'].map((name) => startUpstream(t, byChance(name))));
      const endpoints = upstreams.map((upstream) => upstream.endpoint());
      // Connections that errors and broken answers went over are used again.
      const agent = new http.Agent({ keepAlive: true });
      t.after(() => agent.destroy());
      const routing = { patienceSeconds: 1, breakerSeconds: 1 };
      const proxy = await startProxy(t, configOf(endpoints, routing, { strategy: 'weighted' }));

      const ask = (index: number): Promise<Answer | 'lost'> => {
        const stream = random() < 0.7;
        const talk = `talk-${Math.floor(index / 4)}`;
        const headers = random() < 0.5 ? claudeCodeHeaders(talk) : conversation(talk);
        // Several models, so that what is learnt of one leaves endpoints for the others.
        const body = messageRequest({ model: `model-${index % 7}`, stream });
        // A connection that was broken before a head is the one thing that no error describes.
        return call(proxy, { body, headers, agent }).catch(() => 'lost' as const);
      };
      const all: (Answer | 'lost')[] = [];
      for (let round = 0; round < 8; round += 1) {
        all.push(...(await Promise.all(Array.from({ length: 25 }, (_, index) => ask(round * 25 + index)))));
      }

      const wholes = new Set(
        ['a', 'b', 'c'].flatMap((name) =>
          [true, false].map((stream) => answerOf(`the answer of ${name}`, stream)),
        ),
      );
      let whole = 0;
      for (const answer of all) {
        assert.ok(answer !== 'lost');
        if (wholes.has(answer.text)) whole += 1;
        else if (answer.status >= 400) assert.equal(answer.end, 'clean');
        else assert.equal(answer.text.split('event: message_start').length, 2, answer.text);
        assert.notEqual(answer.status, 529);
      }
      assert.ok(whole > all.length / 4, `${whole} of ${all.length} were answered`);
    });
  }

  test('an error whose body does not end is given up, and another endpoint asked', async (t) => {
    const e1 = await startUpstream(t, async (exchange) => {
      await exchange.send('HTTP/1.1 500 Internal Server Error\r\ncontent-length: 100\r\n\r\n{"half":');
      await exchange.closed;
    });
    const e2 = await startUpstream(t, answers('second'));
    const proxy = await startProxy(t, configOf([e1.endpoint(), e2.endpoint()]));

    assert.equal((await call(proxy)).text, answerOf('second', false));
    await e1.cutOff(1);
  });

  test('row 35: a client that is slow with its head is closed at the limit, and others are served meanwhile', async (t) => {
    const e1 = await startUpstream(t, answers('served'));
    const proxy = await startProxy(t, configOf([e1.endpoint()]));
    const slow = await connectRaw(proxy.port);
    slow.send(`POST /v1/messages HTTP/1.1\r\nHost: 127.0.0.1:${proxy.port}\r\n`);
    const drip = setInterval(() => slow.send('x-slow: 1\r\n'), 500);

    assert.equal((await call(proxy)).status, 200);
    const status = await slow.status();
    clearInterval(drip);

    assert.ok(status === 408 || status === undefined, String(status));
    assert.equal(e1.requests.length, 1);
  });

  test('row 35: a client that is slow with its body keeps nobody waiting, and no endpoint hears of it', async (t) => {
    const e1 = await startUpstream(t, answers('served'));
    const proxy = await startProxy(t, configOf([e1.endpoint()]));
    const slow = await connectRaw(proxy.port);
    slow.send(
      `POST /v1/messages HTTP/1.1\r\nHost: 127.0.0.1:${proxy.port}\r\nx-api-key: ${proxy.token}\r\n` +
        'Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{',
    );

    for (let i = 0; i < 3; i += 1) assert.equal((await call(proxy)).status, 200);

    assert.equal(e1.requests.length, 3);
    slow.socket.destroy();
  });
});
