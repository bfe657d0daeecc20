import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { answerOf, answers, breaksOff } from '../support/answers.ts';
import { claudeCodeHeaders, conversation, streamedRequest } from '../support/claudeCode.ts';
import { call } from '../support/proxyClient.ts';
import { type Script, startUpstream } from '../support/scriptedUpstream.ts';
import { configOf, startProxy } from '../support/servedProxy.ts';
import { ping, startOf, textDelta, textStart } from '../support/wire.ts';

/*
 * Where a conversation goes on after an answer of it broke off in front of the user.
 */

const opus = 'claude-opus-5-5';
const haiku = 'claude-haiku-5-5';
const cut = breaksOff(startOf('msg_cut') + ping + textStart() + textDelta('half'), 'cleanEnd');
const served = answerOf('served', true);
const other = answerOf('other', true);
/** Breaks off the long answers of the large model and serves everything else. */
const cutsOpus: Script = (exchange) =>
  exchange.request.body.includes(opus) ? cut(exchange) : answers('served')(exchange);
const routing = { patienceSeconds: 0, breakerThreshold: 100 };

describe('after an answer broke off', { concurrency: 4 }, () => {
  test('a turn that was rescued goes on at another endpoint, though the first one serves others', async (t) => {
    const e1 = await startUpstream(t, cutsOpus);
    const e2 = await startUpstream(t, answers('other'));
    const proxy = await startProxy(t, configOf([e1.endpoint(), e2.endpoint()], routing));
    const ask = (headers: readonly string[], model = opus) =>
      call(proxy, { body: streamedRequest(model), headers });
    const [mine, others] = [claudeCodeHeaders(), claudeCodeHeaders()];

    assert.equal((await ask(others, haiku)).text, served);
    const rescued = await ask(mine);
    assert.equal(rescued.end, 'clean');
    assert.match(rescued.text, /"stop_reason":"max_tokens"/);
    assert.equal((await ask(others, haiku)).text, served);

    for (let turn = 0; turn < 3; turn += 1) assert.equal((await ask(mine)).text, other);
    const atE1 = await proxy.attemptsAt([e1.name], 3);
    assert.deepEqual(
      atE1.map(({ outcome, standing }) => [outcome, standing]),
      [
        ['served', 'healthy'],
        ['rescued', 'unhealthy'],
        ['served', 'healthy'],
      ],
    );
  });

  test('a conversation of another client goes on at another endpoint too', async (t) => {
    const e1 = await startUpstream(t, cutsOpus);
    const e2 = await startUpstream(t, answers('other'));
    const proxy = await startProxy(t, configOf([e1.endpoint(), e2.endpoint()], routing));
    const ask = () => call(proxy, { body: streamedRequest(opus), headers: conversation('mine') });

    assert.equal((await ask()).end, 'broken');
    assert.equal((await ask()).text, other);
  });

  test('the main conversation moves, its side requests for a small model stay', async (t) => {
    const e1 = await startUpstream(t, cutsOpus);
    const e2 = await startUpstream(t, answers('other'));
    const proxy = await startProxy(t, configOf([e1.endpoint(), e2.endpoint()], routing));
    const mine = claudeCodeHeaders();
    const ask = (model: string) => call(proxy, { body: streamedRequest(model), headers: mine });

    assert.equal((await ask(haiku)).text, served);
    assert.match((await ask(opus)).text, /"stop_reason":"max_tokens"/);
    assert.equal((await ask(haiku)).text, served);

    assert.equal((await ask(opus)).text, other);
    assert.equal((await ask(haiku)).text, served);
  });

  test('side requests for a small model do not start the count of rescues in a row anew', async (t) => {
    const e1 = await startUpstream(t, cutsOpus);
    const proxy = await startProxy(t, configOf([e1.endpoint()], routing));
    const mine = claudeCodeHeaders();
    const ask = (model: string) => call(proxy, { body: streamedRequest(model), headers: mine });

    const ends: string[] = [];
    for (let turn = 0; turn < 4; turn += 1) {
      ends.push((await ask(opus)).end);
      assert.equal((await ask(haiku)).text, served);
    }

    assert.deepEqual(ends, ['clean', 'clean', 'clean', 'broken']);
  });

  test('other requests for the same model do not start that count anew either', async (t) => {
    const e1 = await startUpstream(t, (exchange) =>
      exchange.request.values('x-claude-code-request-class')[0] === 'main'
        ? cut(exchange)
        : answers('served')(exchange),
    );
    const proxy = await startProxy(t, configOf([e1.endpoint()], routing));
    const main = claudeCodeHeaders();
    const auxiliary = main.map((each) => (each === 'main' ? 'auxiliary' : each));
    const ask = (headers: readonly string[]) => call(proxy, { body: streamedRequest(opus), headers });

    const ends: string[] = [];
    for (let turn = 0; turn < 4; turn += 1) {
      ends.push((await ask(main)).end);
      assert.equal((await ask(auxiliary)).text, served);
    }

    assert.deepEqual(ends, ['clean', 'clean', 'clean', 'broken']);
  });

  test('rescues of the large model leave those of the small one their own count', async (t) => {
    const e1 = await startUpstream(t, cut);
    const proxy = await startProxy(t, configOf([e1.endpoint()], routing));
    const mine = claudeCodeHeaders();
    const ask = (model: string) => call(proxy, { body: streamedRequest(model), headers: mine });

    for (let turn = 0; turn < 3; turn += 1) assert.equal((await ask(opus)).end, 'clean');
    assert.equal((await ask(haiku)).end, 'clean');
    assert.equal((await ask(opus)).end, 'broken');
  });
});
