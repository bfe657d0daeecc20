import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { gate } from '../support/gate.ts';
import { call } from '../support/proxyClient.ts';
import { startUpstream } from '../support/scriptedUpstream.ts';
import { configOf, startProxy } from '../support/servedProxy.ts';
import { chunk, lastChunk, messageEnd, messageStart, streamHead, textDelta } from '../support/wire.ts';

/** The most memory that a process has had, in megabytes. Linux only. */
function peakMemory(pid: number): number {
  const line = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(line?.[1]) / 1024;
}

test('1000 streams at once, with 200 KB of request each, are served whole in bounded memory', async (t) => {
  const count = 1000;
  const all = gate();
  const upstream = await startUpstream(t, async (exchange) => {
    await exchange.send(streamHead);
    await exchange.send(chunk(messageStart));
    if (upstream.requests.length === count) all.open();
    await all.opened;
    for (let i = 0; i < 20; i += 1) await exchange.send(chunk(textDelta(`word ${i}`)));
    await exchange.send(chunk(messageEnd));
    await exchange.send(lastChunk);
  });
  const proxy = await startProxy(t, configOf([upstream.endpoint()]));
  const body = JSON.stringify({ model: 'm', pad: 'x'.repeat(200_000) });

  const answers = await Promise.all(Array.from({ length: count }, () => call(proxy, { body })));

  assert.deepEqual(new Set(answers.map(({ end }) => end)), new Set(['clean']));
  assert.equal(new Set(answers.map(({ text }) => text)).size, 1);
  const peak = peakMemory(proxy.pid);
  t.diagnostic(`peak memory ${Math.round(peak)} MB`);
  // The bodies alone are 200 MB, all held at once until the upstream has begun to answer.
  assert.ok(peak < 450, `${peak} MB`);
});
