import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StandingEvent } from '../../src/protocol/history.ts';
import { type SeenStanding, StandingWatch } from '../../src/proxy/standingWatch.ts';

/** What is told when endpoints are seen like this, one look after the other, a millisecond apart. */
function told(...looks: Readonly<Record<string, SeenStanding>>[]): StandingEvent[] {
  const events: StandingEvent[] = [];
  const watch = new StandingWatch((event) => events.push(event));
  for (const [at, seen] of looks.entries()) watch.look(new Map(Object.entries(seen)), at);
  return events;
}

const healthy = { standing: 'healthy' } as const;
const open = { standing: 'open' } as const;

test('an endpoint that stands well is no news, a new one neither', () => {
  assert.deepEqual(told({ a: healthy }, { a: healthy, b: healthy }), []);
});

test('each change is told once, with how it was before', () => {
  assert.deepEqual(told({ a: open }, { a: open }, { a: healthy }), [
    { at: 0, endpointId: 'a', from: 'healthy', to: 'open' },
    { at: 2, endpointId: 'a', from: 'open', to: 'healthy' },
  ]);
});

test('a quarantine is told with its reason', () => {
  assert.deepEqual(told({ a: { standing: 'quarantined', reason: 'wrongAnswer' } }), [
    { at: 0, endpointId: 'a', from: 'healthy', to: 'quarantined', reason: 'wrongAnswer' },
  ]);
});

test('an endpoint that was gone begins anew', () => {
  assert.equal(told({ a: open }, {}, { a: open }).length, 2);
});
