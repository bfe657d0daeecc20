import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { EndpointMemory } from '../../src/core/endpointMemory.ts';
import { Steering } from '../../src/core/steering.ts';
import { answers, Fleet, type FleetOptions, minute, opus, refuses } from '../support/fleet.ts';

const levels = [
  { id: 'p', priority: 'primary', endpoints: [{ id: 'p1' }] },
  { id: 's', priority: 'secondary', endpoints: [{ id: 's1' }] },
  { id: 'f', priority: 'fallback', endpoints: [{ id: 'f1' }] },
] as const;

const checked: FleetOptions = { health: { enabled: true } };
const passed = { class: 'passed' } as const;

/** The switches so far, in few words. */
const told = ({ switches }: Fleet) => switches.map(({ from, to, reason }) => `${from} → ${to}: ${reason}`);

/** Three levels of which the first has died, so that the second serves. */
function failedOver(options: FleetOptions = checked): Fleet {
  const fleet = new Fleet(levels, options);
  for (let i = 0; i < 3; i += 1) fleet.serve({}, { p1: refuses });
  assert.deepEqual(told(fleet), ['p → s: failover']);
  return fleet;
}

describe('a profile that dies under load', () => {
  test('costs no request, and another one serves from the third failure on', () => {
    const fleet = new Fleet(levels, checked);
    const visited = [1, 2, 3, 4].map(() => fleet.serve({}, { p1: refuses }).visited);
    assert.deepEqual(visited, [['p1', 's1'], ['p1', 's1'], ['p1', 's1'], ['s1']]);
    assert.deepEqual(told(fleet), ['p → s: failover']);
    assert.equal(fleet.switches[0]?.at, fleet.wallNow);
  });

  test('is not left for a limit of its key', () => {
    const fleet = new Fleet(levels, checked);
    for (let i = 0; i < 10; i += 1) fleet.serve({}, { p1: answers(429, { retryAfterMs: 60_000 }) });
    assert.deepEqual(told(fleet), []);
  });

  test('is not left when a request in between is served by it', () => {
    const fleet = new Fleet(levels, checked);
    for (let i = 0; i < 4; i += 1) {
      fleet.serve({}, { p1: answers(500) });
      fleet.serve({}, { p1: answers(500) });
      fleet.advance(2 * minute);
      fleet.serve();
    }
    assert.deepEqual(told(fleet), []);
  });

  test('is not left at all without automatic failover', () => {
    const fleet = new Fleet(levels, { ...checked, policy: { autoFailover: false } });
    for (let i = 0; i < 10; i += 1) fleet.serve({}, { p1: refuses }, false);
    assert.deepEqual(told(fleet), []);
    assert.equal(fleet.steering.serving, 'p');
  });

  test('serves all the same when nobody below it can', () => {
    const fleet = failedOver();
    fleet.advance(11 * minute);
    assert.deepEqual(fleet.serve({}, { s1: refuses, f1: refuses }).visited, ['s1', 'f1', 'p1']);
  });
});

describe('the way back', () => {
  test('needs a passed check after the cool-down', () => {
    const fleet = failedOver();
    fleet.advance(minute);
    fleet.check('p1', passed);
    assert.deepEqual(told(fleet), ['p → s: failover'], 'too soon');
    fleet.advance(5 * minute);
    assert.deepEqual(fleet.serve().visited, ['s1'], 'not proved lately');
    fleet.check('p1', passed);
    assert.deepEqual(told(fleet), ['p → s: failover', 's → p: recovery']);
    assert.deepEqual(fleet.serve().visited, ['p1']);
  });

  test('is not open to a check that fails', () => {
    const fleet = failedOver();
    fleet.advance(6 * minute);
    fleet.check('p1', { class: 'wrongAnswer' });
    fleet.check('p1', { class: 'timeout' });
    assert.equal(fleet.steering.serving, 's');
  });

  test('is closed again by a check that fails after one that passed', () => {
    const fleet = failedOver();
    fleet.advance(4 * minute);
    fleet.check('p1', passed);
    fleet.advance(minute + 1);
    fleet.check('p1', { class: 'timeout' });
    assert.deepEqual(told(fleet), ['p → s: failover']);
    fleet.check('p1', { class: 'rateLimited' });
    assert.deepEqual(told(fleet), ['p → s: failover']);
    fleet.check('p1', passed);
    assert.equal(fleet.steering.serving, 'p');
  });

  test('is not opened by the end of an answer that was begun before the profile died', () => {
    const fleet = new Fleet(levels, checked);
    const long = fleet.send();
    long.content();
    fleet.advance(minute);
    for (let i = 0; i < 3; i += 1) fleet.serve({}, { p1: refuses });
    fleet.advance(4 * minute);
    long.end();
    fleet.advance(minute);
    fleet.serve();
    assert.equal(fleet.standingOf('p1'), 'open');
    assert.deepEqual(told(fleet), ['p → s: failover']);
  });

  test('passes by a profile that is not set up to serve', () => {
    const [p, s, f] = levels;
    for (const endpoint of [
      { id: 's1', enabled: false },
      { id: 's1', apiKey: '' },
    ]) {
      const fleet = new Fleet([p, { ...s, endpoints: [endpoint] }, f], checked);
      for (let i = 0; i < 3; i += 1) fleet.serve({}, { p1: refuses });
      assert.equal(fleet.steering.state.recoversTo, 'p');
      fleet.advance(6 * minute);
      fleet.check('p1', passed);
      assert.deepEqual(told(fleet), ['p → f: failover', 'f → p: recovery']);
    }
  });

  test('brings back a conversation whose request was on its way elsewhere', () => {
    const fleet = failedOver();
    fleet.advance(6 * minute);
    const sent = fleet.send({ conversation: 'talk' });
    assert.equal(sent.id, 's1');
    fleet.advance(1);
    fleet.check('p1', passed);
    fleet.advance(1);
    sent.end();
    assert.deepEqual(fleet.serve({ conversation: 'talk' }).visited, ['p1']);
  });

  test('goes step by step, each with its own cool-down', () => {
    const fleet = failedOver();
    for (let i = 0; i < 3; i += 1) fleet.serve({}, { s1: refuses });
    assert.equal(fleet.steering.serving, 'f');
    fleet.advance(6 * minute);
    fleet.check('p1', passed);
    assert.equal(fleet.steering.serving, 'f', 'not two steps at once');
    fleet.check('s1', passed);
    assert.equal(fleet.steering.serving, 's');
    fleet.check('p1', passed);
    assert.equal(fleet.steering.serving, 's', 'too soon after the last step');
    fleet.advance(5 * minute);
    fleet.check('p1', passed);
    assert.deepEqual(told(fleet).slice(1), ['s → f: failover', 'f → s: recovery', 's → p: recovery']);
  });

  test('leaves out a step that stays dead, when it could have been made and the next one too', () => {
    const fleet = failedOver();
    for (let i = 0; i < 3; i += 1) fleet.serve({}, { s1: refuses });
    assert.equal(fleet.steering.serving, 'f');
    for (let i = 0; i < 9; i += 1) {
      fleet.advance(minute);
      fleet.check('p1', passed);
      assert.equal(fleet.steering.serving, 'f', `after ${i + 1} minutes`);
    }
    fleet.advance(minute);
    fleet.check('p1', passed);
    assert.equal(fleet.steering.serving, 'p');
  });

  test('brings conversations back that went elsewhere meanwhile', () => {
    const fleet = failedOver();
    fleet.serve({ conversation: 'talk' });
    fleet.advance(6 * minute);
    fleet.check('p1', passed);
    assert.deepEqual(fleet.serve({ conversation: 'talk' }).visited, ['p1']);
  });

  test('is closed without automatic recovery, but for the hand', () => {
    const fleet = failedOver({ ...checked, policy: { autoRecovery: false } });
    fleet.advance(6 * minute);
    fleet.check('p1', passed);
    assert.equal(fleet.steering.serving, 's');
    fleet.note(fleet.steering.returnToChosen(fleet.now, fleet.wallNow));
    assert.deepEqual(told(fleet), ['p → s: failover', 's → p: manual']);
  });

  test('needs only the cool-down where checks are refused: the next request is the proof', () => {
    const fleet = failedOver();
    fleet.check('p1', { class: 'refused' });
    fleet.advance(4 * minute);
    fleet.serve();
    assert.equal(fleet.steering.serving, 's');
    fleet.advance(2 * minute);
    fleet.serve();
    assert.equal(fleet.steering.serving, 'p');
    assert.deepEqual(fleet.serve({}, { p1: refuses }).visited, ['p1', 's1'], 'and it costs no request');
  });

  test('needs only the cool-down when nothing is checked by itself', () => {
    const fleet = failedOver({ health: { enabled: false } });
    fleet.advance(6 * minute);
    fleet.serve();
    assert.equal(fleet.steering.serving, 'p');
  });
});

describe('what is worth checking', () => {
  const needs = (fleet: Fleet) =>
    Object.fromEntries(fleet.steering.watched(fleet.now).map(({ endpoint, need }) => [endpoint.id, need]));

  test('is every endpoint that requests can come to, without haste', () => {
    assert.deepEqual(needs(new Fleet(levels, checked)), { p1: 'idle', s1: 'idle', f1: 'idle' });
  });

  test('is no endpoint that is switched off, has no key, or whose profile does not serve', () => {
    const fleet = new Fleet(
      [
        { id: 'p', endpoints: [{ id: 'on' }, { id: 'off', enabled: false }, { id: 'keyless', apiKey: '' }] },
        { id: 'other', endpoints: [{ id: 'elsewhere' }] },
      ],
      checked,
    );
    assert.deepEqual(needs(fleet), { on: 'idle' });
  });

  test('is no endpoint of a profile that is switched off, active or not', () => {
    const off = (...ids: string[]) =>
      new Fleet(
        levels.map((profile) => ({ ...profile, enabled: !ids.includes(profile.id) })),
        checked,
      );
    assert.deepEqual(needs(off('s')), { p1: 'idle', f1: 'idle' });
    assert.deepEqual(needs(off('p')), { s1: 'idle', f1: 'idle' });
  });

  test('is one that is out, and one that is to serve again, sooner', () => {
    const fleet = failedOver();
    fleet.serve({}, { s1: answers(401) });
    assert.deepEqual(needs(fleet), { p1: 'out', s1: 'outForKey', f1: 'idle' });
    fleet.check('p1', passed);
    assert.deepEqual(needs(fleet), { p1: 'recovering', s1: 'outForKey', f1: 'idle' });
  });
});

describe('a profile that is switched off', () => {
  const without = (...ids: string[]) =>
    levels.map((profile) => ({ ...profile, enabled: !ids.includes(profile.id) }));

  test('is passed by: requests go on to the levels below it at once', () => {
    assert.deepEqual(new Fleet(without('p')).serve().visited, ['s1']);
    assert.deepEqual(new Fleet(without('p', 's')).serve().visited, ['f1']);
    assert.deepEqual(new Fleet(without('s')).serve({}, { p1: refuses }).visited, ['p1', 'f1']);
    assert.equal(new Fleet(without('p', 's', 'f')).serve().outcome, 'failed');
  });

  test('stands in for nobody: another one does', () => {
    const fleet = new Fleet(without('s'), checked);
    for (let i = 0; i < 3; i += 1) fleet.serve({}, { p1: refuses });
    assert.deepEqual(told(fleet), ['p → f: failover']);
  });

  test('no longer stands in: the chosen one serves again', () => {
    const fleet = failedOver();
    fleet.configure(without('s'));
    assert.deepEqual(told(fleet), ['p → s: failover', 's → p: manual']);
  });

  test('is not come back to before it is switched on', () => {
    const fleet = failedOver();
    fleet.configure(without('p'));
    fleet.advance(6 * minute);
    fleet.check('p1', passed);
    assert.equal(fleet.steering.serving, 's');
    assert.equal(fleet.steering.state.recoversTo, null);
    fleet.configure(levels);
    fleet.check('p1', passed);
    assert.equal(fleet.steering.serving, 'p');
  });
});

describe('another active profile', () => {
  const p = { id: 'p', priority: 'primary', endpoints: [{ id: 'e1' }] } as const;
  const q = { id: 'q', priority: 'secondary', endpoints: [{ id: 'e2' }] } as const;
  const homesOf = (fleet: Fleet) =>
    ['a', 'b'].map((conversation) =>
      fleet.memory.places.homeOf({ route: 'messages', model: opus, conversation }, fleet.now),
    );

  /** A conversation at each of two profiles, the first of which is active. */
  function atBoth(): Fleet {
    const fleet = new Fleet([p, q]);
    fleet.send({ conversation: 'a' }).end();
    fleet.send({ conversation: 'b' }, { tried: ['e1'] }).end();
    assert.deepEqual(homesOf(fleet), ['e1', 'e2']);
    return fleet;
  }

  test('moves running conversations to it with their next request, and leaves those there that it has', () => {
    const fleet = atBoth();
    fleet.configure([q, p]);
    assert.deepEqual(told(fleet), ['p → q: manual']);
    assert.deepEqual(homesOf(fleet), [undefined, 'e2']);
    assert.deepEqual(fleet.serve({ conversation: 'a' }).visited, ['e2']);
  });

  test('moves nothing back when the first one is active again, but those who came since', () => {
    const fleet = atBoth();
    fleet.configure([q, p]);
    fleet.serve({ conversation: 'a' });
    fleet.configure([p, q]);
    assert.deepEqual(homesOf(fleet), [undefined, undefined]);
    assert.deepEqual(fleet.serve({ conversation: 'a' }).visited, ['e1']);
  });

  test('is none when the same one is active in another configuration', () => {
    const fleet = atBoth();
    fleet.configure([{ ...p, name: 'renamed' }, q]);
    assert.deepEqual(homesOf(fleet), ['e1', 'e2']);
  });

  test('is none when it is the first one that is known: what was restored stays', () => {
    const { contents } = new Fleet([p, q]);
    const memory = new EndpointMemory(() => 0);
    const { routing, health } = contents.configuration;
    memory.places.affinity.restore([['b.opus', 'e2', 0]], 0);
    memory.configure(contents, routing, health);
    new Steering(memory, () => [7860]).configure(contents, health, 0, 0);
    const query = { route: 'messages', model: opus, conversation: 'b' } as const;
    assert.equal(memory.places.homeOf(query, 0), 'e2');
  });
});
