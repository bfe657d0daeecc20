import assert from 'node:assert/strict';
import { CheckModels } from '../../src/core/checkModels.ts';
import { type ProbeOptions, type ProbeResult, probe } from '../../src/proxy/probe.ts';
import { UpstreamPool } from '../../src/proxy/upstreamPool.ts';
import { endpointOf } from './contents.ts';
import { onEnd, type Scope } from './scope.ts';
import type { ScriptedUpstream } from './scriptedUpstream.ts';
import { seededRandom } from './seededRandom.ts';

/*
 * Checks of scripted endpoints, without the proxy around them.
 */

const network = {
  proxyUrl: null,
  noProxy: [],
  strictSsl: true,
  systemCertificates: false,
};

/** What a test says of a check. */
export interface CheckSketch extends Partial<Omit<ProbeOptions, 'endpoint'>> {
  readonly baseUrl: string;
  readonly apiKey?: string;
  readonly endpoint?: Partial<ProbeOptions['endpoint']>;
  readonly models?: CheckModels;
  readonly seed?: number;
}

/** Checks an endpoint as the proxy does. @returns what it has shown, or null when it was called off */
export async function check(scope: Scope, sketch: CheckSketch): Promise<ProbeResult | null> {
  const { baseUrl, apiKey = 'key', endpoint, models = new CheckModels(), seed = 1, ...options } = sketch;
  const upstreams = new UpstreamPool(network);
  onEnd(scope, () => upstreams.retain(new Set()));
  return probe(
    {
      endpoint: endpointOf({ id: 'e', baseUrl, ...endpoint }),
      secrets: { apiKey, headers: {} },
      model: '',
      servedModel: undefined,
      connectMs: 5_000,
      signal: new AbortController().signal,
      ...options,
    },
    {
      upstreams,
      models,
      version: '1.2.3',
      random: seededRandom(seed),
      clock: () => performance.now(),
      now: Date.now,
    },
  );
}

/** The same of a scripted one. */
export async function checkOf(scope: Scope, upstream: ScriptedUpstream, sketch: Partial<CheckSketch> = {}) {
  const result = await check(scope, { baseUrl: upstream.url, apiKey: upstream.key, ...sketch });
  assert.ok(result, 'it was not called off');
  return result;
}
