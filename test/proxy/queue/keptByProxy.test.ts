import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import type { Configuration, QueueOptions } from '../../../src/core/configuration.ts';
import { createDataPlane } from '../../../src/proxy/dataPlane.ts';
import { answerOf, answers, refuses, silence } from '../../support/answers.ts';
import { canaryPrompt, canaryToken, leaksInLog } from '../../support/canaries.ts';
import { claudeCodeHeaders } from '../../support/claudeCode.ts';
import { documentOf } from '../../support/contents.ts';
import { filesThatHold } from '../../support/filesThatHold.ts';
import { gate } from '../../support/gate.ts';
import { type Answer, apiError, call, open } from '../../support/proxyClient.ts';
import { connectRaw } from '../../support/rawConnection.ts';
import { onEnd } from '../../support/scope.ts';
import { type Script, type ScriptedUpstream, startUpstream } from '../../support/scriptedUpstream.ts';
import { waitFor } from '../../support/waitFor.ts';
import {
  errorBody,
  messageRequest,
  messageStart,
  plainResponse,
  smallMessage,
  textDelta,
  wholeMessage,
} from '../../support/wire.ts';

interface Setup {
  readonly queue?: Partial<QueueOptions>;
  readonly routing?: Partial<Configuration['routing']>;
  /** The state folder of an earlier run. */
  readonly folder?: string;
}

const quickly = { strategy: 'immediate', maxRetries: 100 } as const;

/** The data plane in this process with its real store, and endpoints in the order given. */
async function start(t: TestContext, upstreams: readonly ScriptedUpstream[], setup: Setup = {}) {
  const token = canaryToken();
  const folder = setup.folder ?? mkdtempSync(join(tmpdir(), 'qcc-queue-'));
  if (setup.folder === undefined) onEnd(t, () => rmSync(folder, { recursive: true, force: true }));
  const { history: store, ...plane } = createDataPlane({
    version: 'test',
    network: { proxyUrl: null, noProxy: [], strictSsl: true, systemCertificates: false },
    token: () => token,
    stateChanged: () => undefined,
    affinityFile: undefined,
    historyFile: join(folder, 'history.db'),
    revisionId: () => 'changed',
    documentChanged: () => undefined,
    inFlightChanged: () => undefined,
  });
  plane.queueKeys.add(Buffer.alloc(32, 7));
  await plane.listen(0);
  onEnd(t, () => plane.drain(0));
  const endpoints = upstreams.map(({ name, url, key }, index) => ({
    id: name,
    baseUrl: url,
    apiKey: key,
    priority: index + 1,
  }));
  const { configuration, ...document } = documentOf(1, [{ id: 'p', strategy: 'priority', endpoints }]);
  plane.documents.sync({
    ...document,
    configuration: {
      ...configuration,
      routing: { ...configuration.routing, patienceSeconds: 0, ...setup.routing },
      queue: { ...configuration.queue, ...setup.queue },
    },
  });
  const proxy = { port: plane.gateway.port, token };
  return {
    ...plane,
    ...proxy,
    store,
    folder,
    /** Sends a request that may be answered later. */
    sendAsync: (options: { body?: string; prefer?: string } = {}): Promise<Answer> =>
      call(proxy, {
        headers: ['Prefer', options.prefer ?? 'respond-async'],
        ...(options.body === undefined ? {} : { body: options.body }),
      }),
    fetch: (location: string | undefined): Promise<Answer> =>
      call(proxy, { method: 'GET', path: location ?? 'no location' }),
    /** Resolves when so many requests are kept, with them. */
    kept: (count: number) =>
      waitFor(
        `${count} requests are kept`,
        () => (plane.queue.list().length === count ? plane.queue.list() : undefined),
        10_000,
        5,
      ),
  };
}

const failing = refuses('500 Internal Server Error');

/** An endpoint that is down until somebody mends it. */
async function startBroken(t: TestContext, mended: Script, broken: Script = failing) {
  let isMended = false;
  const upstream = await startUpstream(t, (exchange) => (isMended ? mended : broken)(exchange));
  return Object.assign(upstream, {
    mend: () => {
      isMended = true;
    },
  });
}

describe('a request that nobody could serve', () => {
  test('is kept, and its client has its error without waiting for that', async (t) => {
    const upstream = await startUpstream(t, failing);
    const proxy = await start(t, [upstream]);
    assert.equal((await call(proxy)).status, 500);
    const [item] = await proxy.kept(1);
    const { state, status, sent, bytes, model, canRetry } = item ?? {};
    assert.deepEqual(
      [state, status, sent, bytes, model, canRetry],
      ['pending', 500, 1, Buffer.byteLength(smallMessage), 'claude-test', true],
    );
  });

  test('is one entry however often its client sends it, until it is served', async (t) => {
    const upstream = await startBroken(t, answers('at last'));
    const proxy = await start(t, [upstream]);
    const headers = ['x-claude-code-session-id', 's1'];
    await call(proxy, { headers });
    await proxy.kept(1);
    await call(proxy, { headers });
    await waitFor('it is counted', () => proxy.queue.list()[0]?.sent === 2 || undefined, 10_000, 5);
    await call(proxy, { headers: ['x-claude-code-session-id', 's2'] });
    await proxy.kept(2);

    upstream.mend();
    assert.equal((await call(proxy, { headers })).status, 200);
    const [left] = await proxy.kept(1);
    assert.equal(left?.sent, 1);
    assert.equal((await call(proxy, { headers: ['x-claude-code-session-id', 's2'] })).status, 200);
    await proxy.kept(0);
  });

  test('is forgotten too when its answer begins long before it ends', async (t) => {
    const goOn = gate();
    const [first, ...rest] = wholeMessage('slowly').split(/(?<=\n\n)/);
    const upstream = await startBroken(t, async (exchange) => {
      await exchange.send(
        `HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n${first}${rest.slice(0, 3).join('')}`,
      );
      await goOn.opened;
      await exchange.send(rest.slice(3).join(''));
      exchange.end();
    });
    const proxy = await start(t, [upstream]);
    const body = messageRequest({ stream: true });
    await call(proxy, { body });
    await proxy.kept(1);
    upstream.mend();
    const answer = await open(proxy, { body });
    goOn.open();
    await answer.body.finished();
    await proxy.kept(0);
  });

  test('is tried again by hand as any request is, and its answer opened', async (t) => {
    const upstream = await startBroken(t, answers('by hand'));
    const proxy = await start(t, [upstream]);
    await call(proxy, { path: '/v1/messages?beta=true', headers: ['x-app', 'cli', 'cookie', 'c=1'] });
    const [item] = await proxy.kept(1);
    const id = item?.id ?? '';
    upstream.mend();
    assert.equal(await proxy.queue.retry(id), 'started');
    const result = await waitFor('its answer', async () => (await proxy.queue.result(id)) ?? undefined);
    assert.deepEqual([result.status, result.text, result.item.state], [200, 'by hand', 'done']);

    const [before, after] = [upstream.requests[0], upstream.requests.at(-1)];
    assert.equal(after?.target, '/v1/messages?beta=true');
    assert.equal(after?.bodyHash, before?.bodyHash);
    assert.deepEqual(after?.rawHeaders.toSorted(), before?.rawHeaders.toSorted());
    assert.deepEqual(after?.values('x-api-key'), [upstream.key]);
    assert.deepEqual(after?.values('authorization'), [`Bearer ${upstream.key}`]);
  });

  test('is still one entry when it was tried again in vain', async (t) => {
    const upstream = await startUpstream(t, failing);
    const proxy = await start(t, [upstream]);
    await call(proxy);
    const [item] = await proxy.kept(1);
    await proxy.queue.retry(item?.id ?? '');
    await waitFor('it was tried', () => proxy.queue.list()[0]?.tries === 1 || undefined, 10_000, 5);
    const [after] = await proxy.kept(1);
    assert.deepEqual([after?.state, after?.status, after?.sent], ['pending', 500, 1]);
  });

  test('is not held to be whole when it breaks off in a try, as it is for a client that goes on by itself', async (t) => {
    const upstream = await startBroken(t, async (exchange) => {
      await exchange.send('HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n');
      await exchange.send(messageStart + textDelta('half a turn'));
      exchange.end();
    });
    const proxy = await start(t, [upstream]);
    const body = messageRequest({ stream: true, tools: [{ name: 'read' }] });
    await call(proxy, { body, headers: claudeCodeHeaders() });
    const [item] = await proxy.kept(1);
    upstream.mend();
    await proxy.queue.retry(item?.id ?? '');
    await waitFor('it was tried', () => proxy.queue.list()[0]?.tries === 1 || undefined, 10_000, 5);
    assert.equal(proxy.queue.list()[0]?.state, 'pending');
  });

  for (const [what, script] of [
    ['a limit is reached', refuses('429 Too Many Requests', 'rate_limit_error', 'x', ['retry-after: 1'])],
    ['its key is refused', refuses('401 Unauthorized', 'authentication_error')],
    ['the connection breaks', (exchange) => exchange.reset()],
  ] as [string, Script][]) {
    test(`is kept when ${what}`, async (t) => {
      const proxy = await start(t, [await startUpstream(t, script)]);
      await call(proxy);
      await proxy.kept(1);
    });
  }

  test('is kept when there is no endpoint at all', async (t) => {
    const proxy = await start(t, []);
    assert.equal((await call(proxy)).status, 503);
    await proxy.kept(1);
  });
});

describe('what is not kept', () => {
  /** Sends another request, which is kept, and with it everything that was to be kept before. */
  async function nothingElse(proxy: Awaited<ReturnType<typeof start>>): Promise<void> {
    const { documents, queue } = proxy;
    const { current } = documents;
    assert.ok(current);
    documents.sync({
      ...current,
      revision: 2,
      lineage: [...current.lineage, 'r2'],
      configuration: { ...current.configuration, profiles: [], activeProfile: null },
    });
    await call(proxy, { body: messageRequest({ model: 'marker' }) });
    await waitFor(
      'the marker is kept',
      () => queue.list().some(({ model }) => model === 'marker') || undefined,
      10_000,
      5,
    );
    assert.deepEqual(
      queue.list().map(({ model }) => model),
      ['marker'],
    );
  }

  for (const [what, script] of [
    ['that is wrong', refuses('400 Bad Request', 'invalid_request_error', 'messages.1: wrong')],
    ['that two endpoints refuse', refuses('400 Bad Request', 'invalid_request_error', 'not like this')],
    ['that is too large', refuses('413 Payload Too Large', 'request_too_large')],
    ['for a model that does not exist', refuses('404 Not Found', 'not_found_error', 'model: x')],
    ['that was served', answers('fine')],
  ] as [string, Script][]) {
    test(`a request ${what}`, async (t) => {
      const upstreams = [await startUpstream(t, script), await startUpstream(t, script)];
      const proxy = await start(t, upstreams);
      await call(proxy);
      await nothingElse(proxy);
    });
  }

  test('counts of tokens and lists of models', async (t) => {
    const proxy = await start(t, [await startUpstream(t, failing)]);
    await call(proxy, { path: '/v1/messages/count_tokens', headers: ['prefer', 'respond-async'] });
    await call(proxy, { method: 'GET', path: '/v1/models' });
    await nothingElse(proxy);
  });

  test('a request whose client left', async (t) => {
    const upstream = await startUpstream(t, silence);
    const proxy = await start(t, [upstream]);
    const connection = await connectRaw(proxy.port);
    const head = ['POST /v1/messages HTTP/1.1', `host: localhost:${proxy.port}`, `x-api-key: ${proxy.token}`];
    connection.send(
      `${[...head, 'content-type: application/json', `content-length: ${smallMessage.length}`].join('\r\n')}\r\n\r\n${smallMessage}`,
    );
    await upstream.received(1);
    connection.socket.destroy();
    await upstream.cutOff(1);
    await nothingElse(proxy);
  });

  test('anything, when the setting says so', async (t) => {
    const proxy = await start(t, [await startUpstream(t, failing)], { queue: { maxItems: 0 } });
    assert.equal((await proxy.sendAsync()).status, 500);
    assert.deepEqual(proxy.queue.list(), []);
  });
});

describe('Prefer: respond-async', () => {
  test('a request that is served is answered as usual, and no endpoint hears of the preference', async (t) => {
    const upstream = await startUpstream(t, answers('at once'));
    const proxy = await start(t, [upstream]);
    const answer = await proxy.sendAsync();
    assert.deepEqual([answer.status, answer.text], [200, answerOf('at once', false)]);
    assert.equal(answer.header('preference-applied'), undefined);
    assert.deepEqual(upstream.requests[0]?.values('prefer'), []);
  });

  test('one that fails is accepted, and its answer is fetched when it is there, as it came', async (t) => {
    const body = answerOf('späte Antwort', true);
    const upstream = await startBroken(t, async (exchange) =>
      exchange.send(
        plainResponse('200 OK', body, [
          'content-type: text/event-stream; charset=utf-8',
          'request-id: req_theirs',
          'x-more: 1',
        ]),
      ),
    );
    const proxy = await start(t, [upstream], { queue: quickly });
    const accepted = await proxy.sendAsync({ body: messageRequest({ stream: true }) });
    const location = accepted.header('location') ?? '';
    assert.equal(accepted.status, 202);
    assert.match(location, /^\/v1\/queue\/[\w-]{22}$/);
    assert.equal(accepted.header('preference-applied'), 'respond-async');
    assert.match(accepted.header('retry-after') ?? '', /^\d+$/);
    const { request_id, ...told } = JSON.parse(accepted.text);
    assert.equal(request_id, accepted.header('request-id'));
    assert.deepEqual(told, {
      type: 'queued',
      id: location.slice('/v1/queue/'.length),
      state: 'pending',
      location,
      retry_after: Number(accepted.header('retry-after')),
    });

    const early = await proxy.fetch(location);
    assert.equal(early.status, 202);
    assert.match(early.header('retry-after') ?? '', /^[1-9]\d*$/);
    assert.equal(early.header('location'), location);

    upstream.mend();
    const answer = await waitFor('the answer', async () => {
      const fetched = await proxy.fetch(location);
      return fetched.status === 202 ? undefined : fetched;
    });
    assert.deepEqual([answer.status, answer.text], [200, body]);
    assert.equal(answer.header('content-type'), 'text/event-stream; charset=utf-8');
    assert.equal(answer.header('request-id'), 'req_theirs');
    assert.equal(answer.header('x-more'), undefined);
    // As often as anybody likes.
    assert.equal((await proxy.fetch(location)).text, body);
  });

  test('the same request again has the same place', async (t) => {
    const proxy = await start(t, [await startUpstream(t, failing)]);
    const [first, second] = [await proxy.sendAsync(), await proxy.sendAsync()];
    assert.equal(second.header('location'), first.header('location'));
  });

  test('the same request again, when its answer is there, is told to come for it at once', async (t) => {
    let isDown = true;
    const upstream = await startUpstream(t, (exchange) => (isDown ? failing : answers('at last'))(exchange));
    const proxy = await start(t, [upstream], { queue: quickly });
    const first = await proxy.sendAsync();
    isDown = false;
    await waitFor('its answer', () => proxy.queue.list().find(({ state }) => state === 'done'), 10_000, 5);
    isDown = true;
    const again = await proxy.sendAsync();
    assert.deepEqual(
      [again.status, again.header('location'), again.header('retry-after')],
      [202, first.header('location'), '0'],
    );
  });

  test('the final error is what is fetched when every try has failed', async (t) => {
    const proxy = await start(t, [await startUpstream(t, failing)], {
      queue: { strategy: 'immediate', maxRetries: 2 },
    });
    const accepted = await proxy.sendAsync();
    const answer = await waitFor('the end', async () => {
      const fetched = await proxy.fetch(accepted.header('location'));
      return fetched.status === 202 ? undefined : fetched;
    });
    assert.equal(answer.status, 500);
    assert.equal(answer.text, errorBody('api_error', 'as it was: 500 Internal Server Error'));
    assert.equal(proxy.queue.list()[0]?.tries, 2);
  });

  test('a request that is wrong is answered at once', async (t) => {
    const script = refuses('400 Bad Request', 'invalid_request_error', 'messages.1: wrong');
    const proxy = await start(t, [await startUpstream(t, script)]);
    assert.equal((await proxy.sendAsync()).status, 400);
  });

  test('without bodies that are kept, or tries, nothing is promised', async (t) => {
    const upstream = await startUpstream(t, failing);
    for (const queue of [{ keepBodies: false }, { maxRetries: 0 }]) {
      const proxy = await start(t, [upstream], { queue });
      assert.equal((await proxy.sendAsync()).status, 500);
    }
  });

  test('what cannot be stored is not promised', async (t) => {
    const upstream = await startUpstream(t, failing);
    const proxy = await start(t, [upstream]);
    await proxy.store.close();
    assert.equal((await proxy.sendAsync()).status, 500);
  });

  test('nobody is held who is content with a promise, and others are', async (t) => {
    const script = refuses('429 Too Many Requests', 'rate_limit_error', 'x', ['retry-after: 30']);
    const upstream = await startUpstream(t, script);
    const proxy = await start(t, [upstream], { routing: { patienceSeconds: 60 } });
    assert.equal((await proxy.sendAsync()).status, 202);
    const waits = open(proxy, { body: messageRequest({ max_tokens: 17 }) }).catch(() => undefined);
    await waitFor('it is held', () => proxy.state(0).waiting.count === 1 || undefined, 10_000, 5);
    await proxy.drain(0);
    await waits;
  });

  test('with "wait", the request is held so long and no longer', async (t) => {
    const script = refuses('429 Too Many Requests', 'rate_limit_error', 'x', ['retry-after: 30']);
    const proxy = await start(t, [await startUpstream(t, script)], { routing: { patienceSeconds: 60 } });
    const accepted = proxy.sendAsync({ prefer: 'respond-async, wait=1' });
    await waitFor('it is held', () => proxy.state(0).waiting.count === 1 || undefined, 10_000, 5);
    assert.equal((await accepted).status, 202);
  });

  test('with "wait", an endpoint that does not answer in time harms nobody, itself neither', async (t) => {
    const upstream = await startUpstream(t, silence);
    const proxy = await start(t, [upstream]);
    assert.equal((await proxy.sendAsync({ prefer: 'respond-async, wait=1' })).status, 202);
    assert.equal(proxy.state(0).endpoints[upstream.name]?.consecutiveFailures, 0);
  });

  test('"wait" alone changes nothing', async (t) => {
    const proxy = await start(t, [await startUpstream(t, failing)]);
    assert.equal((await proxy.sendAsync({ prefer: 'wait=1' })).status, 500);
  });

  test('curl sends, is told to come back, and fetches the answer', async (t) => {
    const upstream = await startBroken(t, answers('für curl'));
    const proxy = await start(t, [upstream], { queue: quickly });
    const curl = async (...args: readonly string[]) => {
      const fixed = ['--silent', '--show-error', '--noproxy', '*', '--include', '--max-time', '20'];
      const token = ['--header', `Authorization: Bearer ${proxy.token}`];
      const { stdout } = await promisify(execFile)('curl', [...fixed, ...token, ...args]);
      const [head = '', body = ''] = stdout.split('\r\n\r\n');
      return { head, body };
    };
    const url = `http://127.0.0.1:${proxy.port}`;
    const type = ['--header', 'content-type: application/json'];
    const sent = await curl(
      '--header',
      'Prefer: respond-async',
      ...type,
      '--data',
      smallMessage,
      `${url}/v1/messages`,
    );
    assert.match(sent.head, /^HTTP\/1\.1 202 Accepted/);
    const location = /^location: (\S+)/im.exec(sent.head)?.[1];
    upstream.mend();
    const fetched = await waitFor('the answer', async () => {
      const answer = await curl(`${url}${location}`);
      return answer.head.startsWith('HTTP/1.1 202') ? undefined : answer;
    });
    assert.match(fetched.head, /^HTTP\/1\.1 200 OK/);
    assert.equal(fetched.body, answerOf('für curl', false));
  });
});

describe('GET /v1/queue/<id>', () => {
  test('tells what became of a request that is kept no longer', async (t) => {
    const upstream = await startBroken(t, answers('now'));
    const proxy = await start(t, [upstream]);
    const place = async (body: string) => (await proxy.sendAsync({ body })).header('location');
    const removed = await place(messageRequest({ max_tokens: 1 }));
    const served = await place(messageRequest({ max_tokens: 2 }));
    await proxy.queue.remove(removed?.split('/').at(-1) ?? '');
    upstream.mend();
    await proxy.sendAsync({ body: messageRequest({ max_tokens: 2 }) });
    await proxy.kept(0);

    for (const [location, words] of [
      [removed, /removed by hand/],
      [served, /sent again and was served/],
      ['/v1/queue/unknown', /keeps no request of this id/],
    ] as const) {
      const answer = await proxy.fetch(location);
      assert.equal(answer.status, 404);
      assert.equal(apiError(answer).type, 'not_found_error');
      assert.match(apiError(answer).message, words);
    }
  });

  test('tells that another process has served the request, of a request that this one has read', async (t) => {
    const upstream = await startBroken(t, answers('now'));
    const first = await start(t, [upstream], { queue: { strategy: 'fixed' } });
    const location = (await first.sendAsync()).header('location');
    const second = await start(t, [upstream], { folder: first.folder });
    await second.kept(1);
    upstream.mend();
    assert.equal((await first.sendAsync()).status, 200);
    await first.kept(0);
    await waitFor(
      'the file has let go of it',
      async () => (await first.store.items.all()).length === 0 || undefined,
    );
    const sent = upstream.requests.length;
    await second.queue.retryAll();
    await second.kept(0);
    const answer = await second.fetch(location);
    assert.deepEqual([answer.status, upstream.requests.length], [404, sent]);
    assert.match(apiError(answer).message, /another process of QCC has served it/);
  });

  test('tells that no answer will come when bodies are not kept any more', async (t) => {
    const proxy = await start(t, [await startUpstream(t, failing)], { queue: { strategy: 'fixed' } });
    const location = (await proxy.sendAsync()).header('location');
    const { current } = proxy.documents;
    assert.ok(current);
    const { configuration } = current;
    proxy.documents.sync({
      ...current,
      revision: 2,
      lineage: [...current.lineage, 'r2'],
      configuration: { ...configuration, queue: { ...configuration.queue, keepBodies: false } },
    });
    const answer = await proxy.fetch(location);
    assert.deepEqual([answer.status, answer.header('x-should-retry')], [502, 'false']);
    assert.match(apiError(answer).message, /cannot send it again/);
    const [item] = proxy.queue.list();
    assert.deepEqual([item?.canRetry, await proxy.store.items.body(item?.id ?? '')], [false, null]);
  });

  test('asks for the token', async (t) => {
    const proxy = await start(t, [await startUpstream(t, failing)]);
    const path = (await proxy.sendAsync()).header('location') ?? '';
    assert.equal((await call(proxy, { method: 'GET', path, withToken: false })).status, 401);
  });

  test('hands out answers to requests that were tried by hand as well', async (t) => {
    const upstream = await startBroken(t, answers('by hand'));
    const proxy = await start(t, [upstream]);
    await call(proxy);
    const [item] = await proxy.kept(1);
    const path = `/v1/queue/${item?.id}`;
    const before = await proxy.fetch(path);
    assert.deepEqual([before.status, before.header('retry-after')], [202, '60']);
    upstream.mend();
    await proxy.queue.retry(item?.id ?? '');
    const answer = await waitFor('the answer', async () => {
      const fetched = await proxy.fetch(path);
      return fetched.status === 202 ? undefined : fetched;
    });
    assert.equal(answer.text, answerOf('by hand', false));
  });
});

test('what was promised is kept by the next process, and no file tells what it was', async (t) => {
  const [prompt, said] = [canaryPrompt(), canaryPrompt()];
  const upstream = await startBroken(t, answers(said));
  const queue = { strategy: 'immediate', maxRetries: 100 } as const;
  const first = await start(t, [upstream], { queue: { ...queue, strategy: 'fixed' } });
  const accepted = await first.sendAsync({
    body: messageRequest({ messages: [{ role: 'user', content: prompt }], stream: true }),
  });
  assert.equal(accepted.status, 202);
  await first.drain(0);

  upstream.mend();
  const second = await start(t, [upstream], { folder: first.folder });
  const id = accepted.header('location')?.split('/').at(-1) ?? '';
  await waitFor('it is there', () => second.queue.list().length === 1 || undefined, 10_000, 5);
  await second.queue.retry(id);
  const answer = await waitFor('the answer', async () => {
    const fetched = await second.fetch(accepted.header('location'));
    return fetched.status === 202 ? undefined : fetched;
  });
  assert.equal(answer.text, answerOf(said, true));
  await second.drain(0);

  // The mark of both canaries, plain and in base64 whatever its alignment.
  const marks = [0, 1, 2].map((shift) =>
    Buffer.from(`${' '.repeat(shift)}canary-prompt-`)
      .toString('base64')
      .slice(shift === 0 ? 0 : shift + 1, -4),
  );
  for (const mark of ['canary-prompt-', ...marks]) assert.deepEqual(filesThatHold(mark, [first.folder]), []);
  assert.deepEqual(leaksInLog(JSON.stringify(second.queue.list())), []);
});
