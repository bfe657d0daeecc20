import type { Profile } from '../../src/core/configuration.ts';
import { costOf } from '../../src/core/cost.ts';
import type { DecisionStep } from '../../src/protocol/state.ts';
import { HistoryStore } from '../../src/proxy/history/historyStore.ts';
import type { HistoryEntry } from '../../src/proxy/history/historyTypes.ts';
import { pastAttempt, pastRequest, usageOf } from './pastRequests.ts';
import { seededRandom } from './seededRandom.ts';

/*
 * A past for the demo: thirty days of somebody who works on weekdays, with endpoints that have bad hours, so that the
 * charts show what they are for. It is made up, and the same each time but for the day it ends on.
 */

type Attempt = Extract<DecisionStep, { kind: 'attempt' }>;

const minuteMs = 60_000;
const dayMs = 86_400_000;
const days = 30;
/** Up to now, so that the short ranges have something to show. */
const busyMs = 90 * minuteMs;
const models = ['claude-opus-5-5', 'claude-opus-5-5', 'claude-sonnet-5-5', 'claude-haiku-4-5'] as const;

/** Writes the past of a profile, the first one, and of the one that stands in for it into a history's file. */
export function writeDemoPast(file: string, now: number, [profile, backup]: readonly Profile[]): void {
  if (!profile || !backup) throw new Error('the demo has fewer than two profiles');
  const store = new HistoryStore(
    { file, maxBytes: 256 << 20 },
    () => now,
    () => undefined,
  );
  const entries = [...pastOf(now, profile, backup)].sort((a, b) => timeOf(a) - timeOf(b));
  for (let at = 0; at < entries.length; at += 500) {
    store.write(entries.slice(at, at + 500).map((entry) => JSON.stringify(entry)));
  }
  store.close();
}

function timeOf(entry: HistoryEntry): number {
  switch (entry.kind) {
    case 'request':
      return entry.request.at;
    case 'check':
      return entry.check.at;
    case 'switch':
      return entry.change.at;
    case 'standing':
      return entry.event.at;
  }
}

function* pastOf(now: number, profile: Profile, backup: Profile): Generator<HistoryEntry> {
  const random = seededRandom(7);
  let number = 0;
  for (let at = now - days * dayMs; at < now; at += pauseAt(at, now, random)) {
    number += 1;
    yield { kind: 'request', request: requestAt(at, `req_past${number}`, profile, random) };
  }
  yield* troublesOf(now, profile, backup);
}

/** From one request to the next, in milliseconds: shorter in the working hours of weekdays, and of late. */
function pauseAt(at: number, now: number, random: () => number): number {
  const date = new Date(at);
  const isWorking = date.getDay() % 6 !== 0 && date.getHours() >= 9 && date.getHours() < 19;
  const mean = now - at < busyMs ? minuteMs / 2 : isWorking ? 4 * minuteMs : 90 * minuteMs;
  return mean * (0.3 + 1.4 * random());
}

function requestAt(at: number, requestId: string, profile: Profile, random: () => number) {
  const [first, second] = profile.endpoints;
  if (!first || !second) throw new Error('the demo has fewer than two endpoints');
  const model = models[Math.floor(random() * models.length)] ?? models[0];
  const isBad = Math.floor(at / (50 * minuteMs)) % 6 === 0 && random() < 0.5;
  const usage = usageOf(Math.ceil(400 + random() * 3_000), Math.ceil(100 + random() * 1_500));
  const served = random() < 0.7 ? first : second;
  const steps: Attempt[] = [];
  if (isBad) {
    const { firstContentMs: _, ...failed } = pastAttempt({
      endpointId: second.id,
      profileId: profile.id,
      considered: Object.fromEntries(profile.endpoints.map(({ id }) => [id, 'ready' as const])),
      outcome: 'failed',
      status: 529,
      failure: 'errorStatus',
      class: 'TRANSIENT',
      row: 'overloaded',
      durationMs: 180 + random() * 200,
    });
    steps.push(failed);
  }
  const firstContentMs = 350 + random() ** 3 * 2_400 + (model === models[0] ? 500 : 0);
  const durationMs = firstContentMs + usage.output * 14;
  steps.push(
    pastAttempt({
      endpointId: (isBad ? first : served).id,
      profileId: profile.id,
      reason: random() < 0.7 ? 'bound' : 'strategy',
      considered: Object.fromEntries(
        profile.endpoints.map(({ id }) => [id, isBad && id === second.id ? 'tried' : 'ready']),
      ),
      firstByteMs: firstContentMs - 60,
      firstContentMs,
      durationMs,
      usage,
      cost: costOf(usage, model, {}),
    }),
  );
  const chance = random();
  const outcome =
    chance < 0.006 ? 'failed' : chance < 0.02 ? 'rescued' : chance < 0.03 ? 'clientGone' : 'served';
  return pastRequest({
    requestId,
    at,
    model,
    conversation: `conversation-${Math.floor(at / dayMs) % 9}`,
    steps,
    outcome,
    status: outcome === 'failed' ? 529 : 200,
    usage,
    cost: costOf(usage, model, {}),
    durationMs: steps.reduce((sum, step) => sum + step.durationMs, 0),
  });
}

/** An endpoint that is suspended now and then, and once a profile that fails as a whole. */
function* troublesOf(now: number, profile: Profile, backup: Profile): Generator<HistoryEntry> {
  const endpointId = profile.endpoints[1]?.id ?? '';
  for (const [ago, lastsMs] of [
    [20 * dayMs, 40 * minuteMs],
    [9 * dayMs, 15 * minuteMs],
    [2 * dayMs, 5 * minuteMs],
    [5 * 60 * minuteMs, 4 * minuteMs],
    [38 * minuteMs, 2 * minuteMs],
  ] as const) {
    yield { kind: 'standing', event: { at: now - ago, endpointId, from: 'degraded', to: 'open' } };
    yield { kind: 'standing', event: { at: now - ago + lastsMs, endpointId, from: 'open', to: 'healthy' } };
  }
  const [mine, other] = [
    { id: profile.id, name: profile.name },
    { id: backup.id, name: backup.name },
  ];
  const change = (at: number, from: typeof mine, to: typeof mine, reason: 'failover' | 'recovery') =>
    ({
      kind: 'switch',
      change: { at, from: from.id, to: to.id, fromName: from.name, toName: to.name, reason },
    }) as const;
  yield change(now - 5 * 60 * minuteMs, mine, other, 'failover');
  yield change(now - 5 * 60 * minuteMs + 6 * minuteMs, other, mine, 'recovery');
}
