import assert from 'node:assert/strict';
import { test } from 'node:test';
import { endpointStates } from '../../src/proxy/endpointStates.ts';
import { EndpointStats } from '../../src/proxy/endpointStats.ts';
import { Quotas } from '../../src/proxy/quotas.ts';
import {
  answers,
  Fleet,
  haiku,
  minute,
  openMs,
  opus,
  quarantineMs,
  refuses,
  second,
} from '../support/fleet.ts';
import { unknownEndpointState } from '../support/unknownEndpointState.ts';

/** What the wall clock is ahead of the monotonic one. */
const wallAhead = 5_000_000;

const nextCheckAt = 77;
const unknown = {
  ...unknownEndpointState,
  check: { ...unknownEndpointState.check, nextAt: nextCheckAt },
};
const failedWarmUp = { at: 1, durationMs: 2, failure: 'connectRefused' } as const;

function start() {
  const fleet = new Fleet([{ id: 'p', endpoints: [{ id: 'e1' }, { id: 'e2' }] }]);
  const stats = new EndpointStats(() => undefined);
  const quotas = new Quotas();
  const states = () =>
    endpointStates({
      contents: fleet.contents,
      memory: fleet.memory,
      stats,
      quotas,
      watch: {
        checkStateOf: () => ({ ...unknownEndpointState.check, nextAt: nextCheckAt }),
        warmUpOf: (id) => (id === 'e2' ? failedWarmUp : null),
      },
      now: fleet.now,
      toWall: (time) => time + wallAhead,
    });
  return { fleet, stats, quotas, states, wall: () => fleet.now + wallAhead };
}

const alone = { tried: ['e2'] };

test('nothing is known of an endpoint that was never used, save whether it has a key', () => {
  const { fleet, states } = start();
  assert.deepEqual(states(), {
    e1: { ...unknown, hasKey: true },
    e2: { ...unknown, hasKey: true, warmUp: failedWarmUp },
  });
  fleet.configure([{ id: 'p', endpoints: [{ id: 'e1', apiKey: '' }] }]);
  assert.deepEqual(states(), { e1: unknown });
});

test('endpoints of all profiles are told', () => {
  const { fleet, states } = start();
  fleet.configure([
    { id: 'p', endpoints: [{ id: 'e1' }] },
    { id: 'q', endpoints: [{ id: 'e2' }] },
  ]);
  assert.deepEqual(Object.keys(states()), ['e1', 'e2']);
});

test('what was counted is told', () => {
  const { stats, states } = start();
  stats.began('e1');
  stats.served('e1', 12, 99);
  stats.began('e1');
  const { inFlight, requests, firstByteMs, servedAt } = states().e1 ?? unknownEndpointState;
  assert.deepEqual([inFlight, requests, firstByteMs, servedAt], [1, 1, 12, 99]);
});

test('failures in a row are told, and how the endpoint stands by them', () => {
  const { fleet, states } = start();
  for (let i = 0; i < 2; i += 1) fleet.send({}, alone).fail(refuses);
  assert.equal(states().e1?.consecutiveFailures, 2);
  assert.equal(states().e1?.standing, 'unhealthy');
  assert.equal(states().e1?.open, null);
});

test('an open circuit tells when its trial is due, by the wall clock', () => {
  const { fleet, states, wall } = start();
  fleet.open('e1');
  assert.deepEqual(states().e1?.open, { until: wall() + openMs, trial: false });
  assert.equal(states().e1?.standing, 'open');
});

test('an open circuit tells that its trial runs', () => {
  const { fleet, states } = start();
  fleet.open('e1');
  fleet.advance(openMs);
  fleet.send();
  assert.equal(states().e1?.open?.trial, true);
});

test('a quarantine tells its reason, its status and its times', () => {
  const { fleet, states, wall } = start();
  fleet.send({}, alone).fail(answers(401));
  assert.deepEqual(states().e1?.quarantine, {
    reason: 'keyRefused',
    status: 401,
    since: wall(),
    byCheck: false,
    until: wall() + quarantineMs,
  });
});

test('a quarantine that a check ends tells when the next one is due', () => {
  const { fleet, states } = start();
  fleet.memory.proofs.isEnabled = true;
  fleet.send({}, alone).fail(answers(401));
  const { byCheck, until } = states().e1?.quarantine ?? {};
  assert.deepEqual([byCheck, until], [true, nextCheckAt]);
});

test('a quarantine without a status has none', () => {
  const { fleet, states } = start();
  fleet.open('e1');
  for (const pauseMs of [openMs, 2 * openMs]) {
    fleet.advance(pauseMs);
    fleet.send().fail(refuses);
  }
  const quarantine = states().e1?.quarantine;
  assert.equal(quarantine?.reason, 'failing');
  assert.ok(quarantine && !('status' in quarantine));
});

test('cool-downs are told by class of models, as long as they last', () => {
  const { fleet, states, wall } = start();
  fleet.send({ model: haiku }, alone).fail(answers(429, { retryAfterMs: 20 * second }));
  assert.deepEqual(states().e1?.coolDowns, [{ models: 'haiku', until: wall() + 20 * second }]);
  fleet.advance(20 * second);
  assert.deepEqual(states().e1?.coolDowns, []);
});

test('models that are refused are told, as long as that is remembered', () => {
  const { fleet, states, wall } = start();
  fleet.serve({}, { e1: answers(404) });
  assert.deepEqual(states().e1?.refusedModels, [{ model: opus, until: wall() + 10 * minute }]);
  fleet.advance(10 * minute);
  assert.deepEqual(states().e1?.refusedModels, []);
});

test('no more than twenty refused models are told', () => {
  const { fleet, states } = start();
  for (let i = 0; i < 30; i += 1) {
    const query = { route: 'messages', model: `m${i}`, conversation: undefined } as const;
    fleet.memory.contradicted('e1', 'markRouteModel', query, 'r', fleet.now);
  }
  assert.equal(states().e1?.refusedModels.length, 20);
});

test('nothing that is told holds a key', () => {
  const { fleet, states } = start();
  fleet.configure([{ id: 'p', endpoints: [{ id: 'e1', apiKey: 'sk-canary' }, { id: 'e2' }] }]);
  for (const fault of [answers(429), answers(403), answers(401), refuses]) {
    const choice = fleet.choose({}, alone);
    if (choice.kind === 'endpoint') fleet.sendTo(choice).fail(fault);
    fleet.advance(minute);
  }
  assert.doesNotMatch(JSON.stringify(states()), /canary/);
});

test('the weight in use is told in percent of the configured one, and what is left of the limits of a key', () => {
  const { fleet, quotas, states } = start();
  fleet.configure([{ id: 'p', endpoints: [{ id: 'e1' }, { id: 'e2' }] }]);
  for (let i = 0; i < 3; i += 1) fleet.send({}, alone).fail(answers(500));
  quotas.learn('e1', ['anthropic-ratelimit-requests-remaining', '7'], 1);
  const { e1, e2 } = states();
  assert.ok(e1 && e1.weightPercent >= 10 && e1.weightPercent < 100, String(e1?.weightPercent));
  assert.equal(e2?.weightPercent, 100);
  assert.deepEqual(
    e1?.quota.map(({ name, remaining }) => [name, remaining]),
    [['requests', 7]],
  );
});
