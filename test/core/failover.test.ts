import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { Configuration, FailoverPolicy, PriorityLevel } from '../../src/core/configuration.ts';
import { Failover } from '../../src/core/failover.ts';
import { profilesInOrder } from '../../src/core/routing.ts';
import type { ProfileSwitch } from '../../src/core/switches.ts';
import { contentsOf } from '../support/contents.ts';

/** The wall clock is this far ahead of the monotonic one, in milliseconds. */
const epoch = 1_700_000_000_000;
const cooldownMs = 300_000;

const threeLevels = { p: 'primary', s: 'secondary', f: 'fallback' } as const;

interface Sketch {
  readonly levels?: Readonly<Record<string, PriorityLevel | null>>;
  readonly chosen?: string | null;
  readonly policy?: Partial<FailoverPolicy>;
}

/** Profiles with their ids in capitals for names. */
function configurationOf({ levels = threeLevels, chosen = 'p', policy = {} }: Sketch): Configuration {
  const profiles = Object.entries(levels).map(([id, priority]) => ({ id, priority, name: id.toUpperCase() }));
  const { configuration } = contentsOf(profiles);
  return { ...configuration, activeProfile: chosen, policy: { ...configuration.policy, ...policy } };
}

/** A failover on a virtual clock, with all the switches that it made. */
class Scene {
  readonly failover = new Failover();
  readonly switches: string[] = [];
  readonly #isUp = new Set(['p', 's', 'f', 'x']);
  readonly #provedAt = new Map<string, number>();
  configuration: Configuration;
  now = 5_000;

  constructor(sketch: Sketch = {}) {
    this.configuration = configurationOf(sketch);
    this.configure(sketch);
  }

  configure(sketch: Sketch): void {
    this.configuration = configurationOf(sketch);
    this.#note(this.failover.configure(this.configuration, this.now, epoch + this.now));
  }

  dies(...ids: string[]): void {
    for (const id of ids) this.#isUp.delete(id);
  }

  revives(id: string): void {
    this.#isUp.add(id);
  }

  /** A check of every profile, of which those that are up pass it; then the way back is looked at. */
  check(): void {
    for (const id of this.#isUp) this.#provedAt.set(id, this.now);
    this.recover();
  }

  recover(): void {
    const isProved = ({ id }: { id: string }, since: number) =>
      (this.#provedAt.get(id) ?? Number.NEGATIVE_INFINITY) > since;
    this.#note(this.failover.recover(this.now, epoch + this.now, isProved));
  }

  returnToChosen(): void {
    this.#note(this.failover.returnToChosen(this.now, epoch + this.now));
  }

  /** A request goes the usual way and ends at once. @returns the profile that served it, if one did */
  request(durationMs = 0): string | null {
    const order = profilesInOrder(this.configuration, this.failover.serving).map(({ id }) => id);
    const servedBy = order.find((id) => this.#isUp.has(id)) ?? null;
    this.observe({ servedBy, servingFailed: servedBy !== this.failover.serving, durationMs });
    return servedBy;
  }

  requests(count: number): void {
    for (let i = 0; i < count; i += 1) this.request();
  }

  observe(facts: { servedBy: string | null; servingFailed: boolean; durationMs?: number }): void {
    this.#note(this.failover.observed({ durationMs: 0, ...facts }, this.now, epoch + this.now));
  }

  /** Time passes with a check a minute. */
  minutes(count: number): void {
    for (let i = 0; i < count; i += 1) {
      this.now += 60_000;
      this.check();
    }
  }

  #note(change: ProfileSwitch | undefined): void {
    if (change) this.switches.push(`${change.from ?? '-'}>${change.to ?? '-'} ${change.reason}`);
  }
}

describe('failover', () => {
  test('begins at the chosen profile, which is no switch', () => {
    const scene = new Scene();
    assert.equal(scene.failover.serving, 'p');
    assert.deepEqual(scene.switches, []);
    assert.deepEqual(scene.failover.state, {
      serving: 'p',
      since: epoch + 5_000,
      reason: null,
      recoversTo: null,
      recoversAt: null,
    });
  });

  test('moves on to the profile below after three requests in a row that it had to serve', () => {
    const scene = new Scene();
    scene.dies('p');
    assert.equal(scene.request(), 's');
    scene.request();
    assert.deepEqual(scene.switches, []);
    scene.request();
    assert.deepEqual(scene.switches, ['p>s failover']);
    assert.equal(scene.failover.serving, 's');
  });

  test('moves on after as many as the policy says', () => {
    const scene = new Scene({ policy: { failureThreshold: 5 } });
    scene.dies('p');
    scene.requests(4);
    assert.deepEqual(scene.switches, []);
    scene.request();
    assert.deepEqual(scene.switches, ['p>s failover']);
  });

  test('says what was switched, when and why', () => {
    const { configuration } = new Scene();
    const failover = new Failover();
    failover.configure(configuration, 0, epoch);
    const facts = { servedBy: 's', servingFailed: true, durationMs: 0 };
    failover.observed(facts, 1, epoch + 1);
    failover.observed(facts, 2, epoch + 2);
    assert.deepEqual(failover.observed(facts, 3, epoch + 3), {
      at: epoch + 3,
      from: 'p',
      to: 's',
      fromName: 'P',
      toName: 'S',
      reason: 'failover',
    });
  });

  test('begins to count anew when the profile serves a request', () => {
    const scene = new Scene();
    scene.dies('p');
    scene.requests(2);
    scene.revives('p');
    scene.request();
    scene.dies('p');
    scene.requests(2);
    assert.deepEqual(scene.switches, []);
  });

  test('does not count requests that say nothing, nor begins anew for them', () => {
    const scene = new Scene();
    scene.dies('p');
    scene.requests(2);
    for (let i = 0; i < 5; i += 1) scene.observe({ servedBy: 's', servingFailed: false });
    assert.deepEqual(scene.switches, []);
    scene.request();
    assert.deepEqual(scene.switches, ['p>s failover']);
  });

  test('goes straight to the level that serves when those between are down as well', () => {
    const scene = new Scene();
    scene.dies('p', 's');
    scene.requests(3);
    assert.deepEqual(scene.switches, ['p>f failover']);
  });

  test('goes on from one level to the next', () => {
    const scene = new Scene();
    scene.dies('p');
    scene.requests(3);
    scene.dies('s');
    scene.now += 1_000;
    scene.requests(3);
    assert.deepEqual(scene.switches, ['p>s failover', 's>f failover']);
  });

  test('stays where it is while nobody serves, and moves with the first request that somebody does', () => {
    const scene = new Scene();
    scene.dies('p', 's', 'f');
    scene.requests(10);
    assert.deepEqual(scene.switches, []);
    scene.revives('f');
    scene.request();
    assert.deepEqual(scene.switches, ['p>f failover']);
  });

  test('leads down only: a profile above that had to serve is no reason to switch', () => {
    const scene = new Scene();
    scene.dies('p');
    scene.requests(3);
    scene.dies('s', 'f');
    scene.revives('p');
    assert.equal(scene.request(), 'p');
    scene.requests(5);
    assert.deepEqual(scene.switches, ['p>s failover']);
  });

  test('never leads above the chosen profile', () => {
    const scene = new Scene({ chosen: 's' });
    scene.dies('s', 'f');
    assert.equal(scene.request(), null);
    scene.requests(10);
    scene.minutes(10);
    assert.deepEqual(scene.switches, []);
    scene.revives('f');
    scene.requests(3);
    assert.deepEqual(scene.switches, ['s>f failover']);
  });

  test('leads from a profile without a level to all levels', () => {
    const scene = new Scene({ levels: { x: null, ...threeLevels }, chosen: 'x' });
    scene.dies('x');
    scene.requests(3);
    scene.minutes(10);
    assert.deepEqual(scene.switches, ['x>p failover']);
    scene.revives('x');
    scene.minutes(1);
    assert.deepEqual(scene.switches, ['x>p failover', 'p>x recovery']);
  });

  test('does not listen to requests from before the last switch', () => {
    const scene = new Scene();
    scene.dies('p');
    scene.requests(3);
    scene.now += 60_000;
    scene.dies('s');
    for (let i = 0; i < 10; i += 1) scene.request(60_001);
    assert.deepEqual(scene.switches, ['p>s failover']);
    for (let i = 0; i < 3; i += 1) scene.request(60_000);
    assert.deepEqual(scene.switches, ['p>s failover', 's>f failover']);
  });

  test('moves nothing when it is off', () => {
    const scene = new Scene({ policy: { autoFailover: false } });
    scene.dies('p');
    assert.equal(scene.request(), null);
    scene.requests(10);
    scene.observe({ servedBy: 's', servingFailed: true });
    scene.minutes(20);
    assert.deepEqual(scene.switches, []);
    assert.equal(scene.failover.serving, 'p');
  });

  test('needs a configuration', () => {
    const failover = new Failover();
    const facts = { servedBy: 's', servingFailed: true, durationMs: 0 };
    assert.equal(failover.observed(facts, 0, epoch), undefined);
    assert.equal(
      failover.recover(0, epoch, () => true),
      undefined,
    );
    assert.equal(failover.returnToChosen(0, epoch), undefined);
    assert.equal(failover.state.serving, null);
  });
});

/** A scene in which the primary has died and `serving` has taken over. */
function failedOver(serving: 's' | 'f', sketch: Sketch = {}): Scene {
  const scene = new Scene(sketch);
  scene.dies(...(serving === 's' ? ['p'] : ['p', 's']));
  scene.requests(3);
  assert.equal(scene.failover.serving, serving);
  scene.switches.length = 0;
  return scene;
}

describe('recovery', () => {
  test('leads back once a check was passed and the cool-down is over', () => {
    const scene = failedOver('s');
    scene.now += cooldownMs - 1;
    scene.revives('p');
    scene.check();
    assert.deepEqual(scene.switches, []);
    scene.now += 1;
    scene.recover();
    assert.deepEqual(scene.switches, ['s>p recovery']);
  });

  test('waits for a check however long the cool-down is over', () => {
    const scene = failedOver('s');
    scene.minutes(60);
    assert.deepEqual(scene.switches, []);
    scene.revives('p');
    scene.check();
    assert.deepEqual(scene.switches, ['s>p recovery']);
  });

  test('goes step by step, from fallback to secondary to primary, each with its own cool-down', () => {
    const scene = failedOver('f');
    scene.revives('p');
    scene.revives('s');
    scene.minutes(4);
    assert.deepEqual(scene.switches, []);
    scene.minutes(1);
    assert.deepEqual(scene.switches, ['f>s recovery']);
    scene.minutes(4);
    assert.deepEqual(scene.switches, ['f>s recovery']);
    scene.minutes(1);
    assert.deepEqual(scene.switches, ['f>s recovery', 's>p recovery']);
  });

  test('leaves out a step that is not proved, but not before both steps could have been made', () => {
    const scene = failedOver('f');
    scene.revives('p');
    scene.minutes(9);
    assert.deepEqual(scene.switches, []);
    scene.minutes(2);
    assert.deepEqual(scene.switches, ['f>p recovery']);
  });

  test('takes no check from before the last switch for proof', () => {
    const scene = failedOver('f', { policy: { cooldownSeconds: 0 } });
    scene.revives('p');
    scene.revives('s');
    scene.now += 1;
    scene.check();
    assert.deepEqual(scene.switches, ['f>s recovery']);
    scene.now += 1;
    scene.recover();
    assert.deepEqual(scene.switches, ['f>s recovery']);
    scene.check();
    assert.deepEqual(scene.switches, ['f>s recovery', 's>p recovery']);
  });

  test('leads no further than to the chosen profile', () => {
    const scene = failedOver('f', { levels: threeLevels });
    scene.configure({ chosen: 's' });
    scene.dies('s');
    scene.now += 1;
    scene.requests(3);
    scene.revives('s');
    scene.revives('p');
    scene.minutes(30);
    assert.deepEqual(scene.switches, ['f>s manual', 's>f failover', 'f>s recovery']);
  });

  test('does not happen when it is off', () => {
    const scene = failedOver('s', { policy: { autoRecovery: false } });
    scene.revives('p');
    scene.minutes(60);
    assert.deepEqual(scene.switches, []);
    assert.equal(scene.failover.state.recoversTo, null);
    assert.equal(scene.failover.state.recoversAt, null);
  });

  test('tells where it leads and when at the earliest', () => {
    const scene = failedOver('f');
    assert.deepEqual(scene.failover.state, {
      serving: 'f',
      since: epoch + 5_000,
      reason: 'failover',
      recoversTo: 's',
      recoversAt: epoch + 5_000 + cooldownMs,
    });
  });

  test('of an endpoint that comes and goes happens once per cool-down at most', () => {
    const scene = new Scene();
    for (let minute = 0; minute < 60; minute += 1) {
      scene.now += 30_000;
      scene.dies('p');
      scene.requests(3);
      scene.now += 30_000;
      scene.revives('p');
      scene.check();
    }
    assert.equal(scene.switches.filter((each) => each === 's>p recovery').length, 10);
    assert.equal(scene.switches.filter((each) => each === 'p>s failover').length, 10);
  });
});

describe('by hand', () => {
  test('another profile serves as soon as it is chosen', () => {
    const scene = new Scene({ policy: { autoFailover: false } });
    scene.configure({ chosen: 'f', policy: { autoFailover: false } });
    assert.deepEqual(scene.switches, ['p>f manual']);
    assert.equal(scene.failover.state.recoversTo, null);
  });

  test('a switch comes from the profile that served, not from the one that was chosen', () => {
    const scene = failedOver('s');
    scene.configure({ chosen: 'f' });
    assert.deepEqual(scene.switches, ['s>f manual']);
  });

  test('choosing the profile that serves already is no switch, but it stays', () => {
    const scene = failedOver('s');
    scene.configure({ chosen: 's' });
    assert.deepEqual(scene.switches, []);
    assert.equal(scene.failover.state.reason, 'manual');
    scene.revives('p');
    scene.minutes(30);
    assert.deepEqual(scene.switches, []);
  });

  test('the chosen profile serves again, proved or not', () => {
    const scene = failedOver('f');
    scene.returnToChosen();
    assert.deepEqual(scene.switches, ['f>p manual']);
    assert.equal(scene.failover.state.reason, 'manual');
  });

  test('nothing happens when the chosen profile serves', () => {
    const scene = new Scene();
    scene.returnToChosen();
    assert.deepEqual(scene.switches, []);
    assert.equal(scene.failover.state.reason, null);
  });

  test('a return begins to count anew', () => {
    const scene = failedOver('s');
    scene.returnToChosen();
    scene.requests(2);
    assert.deepEqual(scene.switches, ['s>p manual']);
    scene.request();
    assert.deepEqual(scene.switches, ['s>p manual', 'p>s failover']);
  });

  test('no profile serves when none is chosen any more', () => {
    const scene = failedOver('s');
    scene.configure({ chosen: null });
    assert.deepEqual(scene.switches, ['s>- manual']);
    scene.configure({ chosen: 'p' });
    assert.deepEqual(scene.switches, ['s>- manual', '->p manual']);
  });
});

describe('a change of the configuration', () => {
  test('that has nothing to do with the profile that serves leaves it', () => {
    const scene = failedOver('s');
    scene.configure({ levels: { ...threeLevels, x: null }, policy: { failureThreshold: 7 } });
    assert.equal(scene.failover.serving, 's');
    assert.deepEqual(scene.switches, []);
  });

  test('that removes the profile which serves leads back to the chosen one', () => {
    const scene = failedOver('s');
    scene.configure({ levels: { p: 'primary', f: 'fallback' } });
    assert.deepEqual(scene.switches, ['s>p manual']);
  });

  test('names the profile that is gone', () => {
    const failover = new Failover();
    failover.configure(configurationOf({ chosen: 's' }), 0, epoch);
    const change = failover.configure(configurationOf({ levels: { p: 'primary' }, chosen: 'p' }), 1, epoch);
    assert.equal(change?.fromName, 'S');
    assert.equal(change?.toName, 'P');
  });

  test('that takes the profile which serves out of the levels below leads back to the chosen one', () => {
    const scene = failedOver('s');
    scene.configure({ levels: { p: 'primary', s: null, f: 'fallback' } });
    assert.deepEqual(scene.switches, ['s>p manual']);
  });

  test('that switches failover off leads back to the chosen one', () => {
    const scene = failedOver('s');
    scene.configure({ policy: { autoFailover: false } });
    assert.deepEqual(scene.switches, ['s>p manual']);
  });

  test('of the threshold holds for what was counted before', () => {
    const scene = new Scene({ policy: { failureThreshold: 10 } });
    scene.dies('p');
    scene.requests(5);
    scene.configure({ policy: { failureThreshold: 2 } });
    scene.request();
    assert.deepEqual(scene.switches, ['p>s failover']);
  });

  test('of the cool-down holds for the switch that was made before', () => {
    const scene = failedOver('s');
    scene.configure({ policy: { cooldownSeconds: 60 } });
    assert.equal(scene.failover.state.recoversAt, epoch + 5_000 + 60_000);
    scene.revives('p');
    scene.minutes(1);
    assert.deepEqual(scene.switches, ['s>p recovery']);
  });
});

test('whatever happens, a profile serves that is configured to, and every change of it is told', () => {
  const id = fc.constantFrom('p', 's', 'f', 'x');
  const event = fc.oneof(
    fc.record({
      kind: fc.constant('configure' as const),
      levels: fc.record(
        {
          p: fc.constant('primary' as const),
          s: fc.constant('secondary' as const),
          f: fc.constant('fallback' as const),
          x: fc.constant(null),
        },
        { requiredKeys: [] },
      ),
      chosen: fc.option(id),
      policy: fc.record({
        autoFailover: fc.boolean(),
        autoRecovery: fc.boolean(),
        failureThreshold: fc.integer({ min: 1, max: 3 }),
        cooldownSeconds: fc.integer({ min: 0, max: 3 }),
      }),
    }),
    fc.record({
      kind: fc.constant('observe' as const),
      servedBy: fc.option(id),
      servingFailed: fc.boolean(),
    }),
    fc.record({ kind: fc.constantFrom('check' as const, 'return' as const) }),
  );
  fc.assert(
    fc.property(fc.array(event, { maxLength: 60 }), (events) => {
      const scene = new Scene();
      for (const each of events) {
        scene.now += 700;
        const [before, told] = [scene.failover.serving, scene.switches.length];
        if (each.kind === 'configure') scene.configure(each);
        else if (each.kind === 'observe') scene.observe(each);
        else if (each.kind === 'check') scene.check();
        else scene.returnToChosen();
        const { serving } = scene.failover;
        const ladder = profilesInOrder(scene.configuration).map((profile) => profile.id);
        if (ladder.length === 0) assert.equal(serving, null);
        else assert.ok(serving !== null && ladder.includes(serving), `${serving} of ${ladder}`);
        assert.equal(scene.switches.length - told, serving === before ? 0 : 1);
      }
    }),
    { numRuns: 500 },
  );
});
