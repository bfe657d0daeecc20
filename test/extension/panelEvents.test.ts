import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type EventWords, eventsOf } from '../../src/extension/views/panel/panelEvents.ts';
import type { StandingEvent, Timeline } from '../../src/protocol/history.ts';

const words: EventWords = {
  endpoint: (id) => `name of ${id}`,
  standing: ({ from, to, reason }) => `${from} to ${to} ${reason ?? ''}`.trim(),
  switch: ({ fromName, toName }) => ({ subject: toName ?? 'none', text: `instead of ${fromName}` }),
};

const standing = (at: number, endpointId: string, to: StandingEvent['to']): StandingEvent => ({
  at,
  endpointId,
  from: 'healthy',
  to,
});
const switched = (at: number, reason: 'manual' | 'failover' | 'recovery') => ({
  at,
  from: 'p',
  to: 'q',
  fromName: 'work',
  toName: 'backup',
  reason,
});
const tones = (timeline: Timeline) => eventsOf(timeline, null, words).map(({ tone }) => tone);

describe('what happened to endpoints and profiles', () => {
  it('is told in one list, newest first', () => {
    const timeline: Timeline = {
      standings: [{ ...standing(30, 'a', 'quarantined'), reason: 'keyRefused' }, standing(10, 'b', 'open')],
      switches: [switched(20, 'failover')],
    };
    assert.deepEqual(eventsOf(timeline, null, words), [
      {
        at: 30,
        tone: 'bad',
        kind: 'standing',
        subject: 'name of a',
        text: 'healthy to quarantined keyRefused',
      },
      { at: 20, tone: 'warning', kind: 'switch', subject: 'backup', text: 'instead of work' },
      { at: 10, tone: 'bad', kind: 'standing', subject: 'name of b', text: 'healthy to open' },
    ]);
  });

  it('is of the chosen endpoint alone, and of all profiles', () => {
    const timeline: Timeline = {
      standings: [standing(3, 'a', 'open'), standing(2, 'b', 'open')],
      switches: [switched(1, 'manual')],
    };
    assert.deepEqual(
      eventsOf(timeline, 'b', words).map(({ subject }) => subject),
      ['name of b', 'backup'],
    );
  });

  it('is good or bad by what it led to', () => {
    const ends = ['healthy', 'degraded', 'unhealthy', 'open', 'quarantined'] as const;
    const standings = ends.map((to, index) => standing(-index, 'a', to));
    assert.deepEqual(tones({ standings, switches: [] }), ['good', 'warning', 'warning', 'bad', 'bad']);
    const reasons = ['manual', 'failover', 'recovery'] as const;
    const switches = reasons.map((reason, index) => switched(-index, reason));
    assert.deepEqual(tones({ standings: [], switches }), ['neutral', 'warning', 'good']);
  });

  it('is told as far back as can be told apart', () => {
    const standings = Array.from({ length: 900 }, (_, index) => standing(index, 'a', 'open'));
    const events = eventsOf({ standings, switches: [] }, null, words);
    assert.equal(events.length, 500);
    assert.equal(events.at(-1)?.at, 400);
  });
});
