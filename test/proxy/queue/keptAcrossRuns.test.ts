import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { answerOf, answers, refuses } from '../../support/answers.ts';
import { canaryPrompt } from '../../support/canaries.ts';
import { filesThatHold } from '../../support/filesThatHold.ts';
import { call } from '../../support/proxyClient.ts';
import { onEnd } from '../../support/scope.ts';
import { startUpstream } from '../../support/scriptedUpstream.ts';
import { configOf, startProxy } from '../../support/servedProxy.ts';
import { waitFor } from '../../support/waitFor.ts';
import { messageRequest } from '../../support/wire.ts';

test('what was promised before the process was killed is tried by the next one, at the time that was planned', async (t) => {
  const state = join(mkdtempSync(join(tmpdir(), 'qcc-test-')), 'state');
  onEnd(t, () => rmSync(join(state, '..'), { recursive: true, force: true }));
  const [prompt, said] = [canaryPrompt(), canaryPrompt()];
  let servedAt: number | undefined;
  let isMended = false;
  const upstream = await startUpstream(t, (exchange) => {
    if (!isMended) return refuses('500 Internal Server Error')(exchange);
    servedAt = Date.now();
    return answers(said)(exchange);
  });
  const config = configOf([upstream.endpoint()], { patienceSeconds: 0 });

  const first = await startProxy(t, config, { state });
  // Not through the history of the test, in which nothing goes on after an answer.
  const accepted = await call(
    { port: first.port, token: first.token },
    {
      headers: ['prefer', 'respond-async'],
      body: messageRequest({ messages: [{ role: 'user', content: prompt }] }),
    },
  );
  assert.equal(accepted.status, 202);
  const path = accepted.header('location') ?? '';
  assert.equal(statSync(join(state, 'queue-key')).mode & 0o777, 0o600);
  const promisedAt = Date.now();
  first.child.kill('SIGKILL');
  await first.exited;
  isMended = true;

  const second = await startProxy(t, config, { state });
  const answer = await waitFor('the answer', async () => {
    const fetched = await call({ port: second.port, token: second.token }, { method: 'GET', path });
    return fetched.status === 202 ? undefined : fetched;
  });
  assert.deepEqual([answer.status, answer.text], [200, answerOf(said, false)]);
  // The promise was stored a moment before it was heard.
  assert.ok((servedAt ?? 0) - promisedAt > 4_000, 'not before its time');
  assert.equal(upstream.requests.at(-1)?.bodyHash, upstream.requests[0]?.bodyHash);
  assert.equal(await second.stop(), 0);
  assert.deepEqual(filesThatHold('canary-prompt-', [state]), []);
});
