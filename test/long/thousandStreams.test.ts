import assert from 'node:assert/strict';
import { test } from 'node:test';
import { peakMemory, startQcc, startUpstream } from '../bench/processes.ts';
import { requestBody } from '../bench/requestBody.ts';
import { openSlowStreams } from '../bench/slowStreams.ts';

test('1000 streams at once, with 200 KB of request each, are served whole in bounded memory', async (t) => {
  // In a process of its own: an endpoint that shares one with the clients would not answer before all have asked.
  const upstream = await startUpstream();
  t.after(() => upstream.stop());
  const proxy = await startQcc([upstream.port]);
  t.after(() => proxy.stop());

  const streams = { streams: 1000, slowMs: 5_000 };
  const { atOnce, errors } = await openSlowStreams(proxy, requestBody(200_000), streams);

  assert.equal(errors, 0);
  assert.equal(atOnce, 1000);
  const peak = peakMemory(proxy.pid);
  t.diagnostic(`peak memory ${peak === null ? 'unknown' : Math.round(peak)} MB`);
  // The bodies alone are 200 MB, all held at once while clients are faster than the endpoint.
  assert.ok(peak === null || peak < 450, `${peak} MB`);
});
