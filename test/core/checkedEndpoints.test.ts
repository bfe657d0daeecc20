import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { classify, type Fault } from '../../src/core/classification.ts';
import type { Finding } from '../../src/core/endpointMemory.ts';
import { answers, Fleet, minute, opus, refuses, second, transport } from '../support/fleet.ts';

/*
 * What checks do to endpoints, together with what requests do.
 */

const passed = { class: 'passed' } as const;
const lied = { class: 'wrongAnswer' } as const;

/** What a check found that met a fault. */
function met(fault: Fault, kind: Finding['class'] = 'failed'): Pick<Finding, 'class' | 'failure'> {
  const verdict = classify(fault);
  const retryAfterMs = fault.kind === 'answer' ? fault.answer.retryAfterMs : undefined;
  const limit = retryAfterMs === undefined ? {} : { retryAfterMs };
  return { class: kind, failure: { verdict, isLookup: false, wallNow: 0, ...limit } };
}

/** A host name that cannot be resolved. */
const lookup = { verdict: classify(transport('dnsFailed')), isLookup: true, wallNow: 0 };

/** Two endpoints of one profile that are checked, of which the first comes first. */
const two = () =>
  new Fleet(
    [
      {
        id: 'p',
        strategy: 'priority',
        endpoints: [
          { id: 'e1', priority: 1 },
          { id: 'e2', priority: 2 },
        ],
      },
    ],
    { health: { enabled: true } },
  );

describe('a check that finds a wrong answer', () => {
  test('takes the endpoint out, and no request is spent on it', () => {
    const fleet = two();
    fleet.check('e1', lied);
    assert.equal(fleet.standingOf('e1'), 'quarantined');
    assert.equal(fleet.memory.healthOf('e1').quarantine?.reason, 'wrongAnswer');
    for (let i = 0; i < 100; i += 1) {
      fleet.advance(minute);
      assert.deepEqual(fleet.serve().visited, ['e2']);
    }
  });

  test('takes out nobody whom real requests were just served by, but puts others first', () => {
    const fleet = two();
    assert.deepEqual(fleet.serve().visited, ['e1']);
    fleet.advance(9 * minute);
    fleet.check('e1', lied);
    assert.equal(fleet.standingOf('e1'), 'degraded');
    assert.deepEqual(fleet.serve().visited, ['e2']);
    fleet.advance(2 * minute);
    fleet.check('e1', lied);
    assert.equal(fleet.standingOf('e1'), 'quarantined', 'its last request is too long ago');
  });

  test('is not outdone by the answers that requests get: they cannot tell', () => {
    const fleet = new Fleet([{ id: 'p', endpoints: [{ id: 'e1' }] }], { health: { enabled: true } });
    fleet.check('e1', lied);
    assert.deepEqual(fleet.serve().visited, ['e1'], 'nobody else is there');
    assert.equal(fleet.standingOf('e1'), 'quarantined');
    fleet.serve({}, { e1: refuses });
    fleet.check('e1', passed);
    assert.equal(fleet.standingOf('e1'), 'healthy');
  });
});

describe('an endpoint that was found lying', () => {
  test('is not let out by requests because its key was refused meanwhile', () => {
    const fleet = two();
    const late = fleet.send();
    fleet.check('e1', lied);
    late.fail(answers(401));
    assert.equal(fleet.memory.healthOf('e1').quarantine?.reason, 'keyRefused');
    fleet.check('e1', { class: 'refused' });
    fleet.advance(11 * minute);
    assert.deepEqual(fleet.serve().visited, ['e2']);
    fleet.check('e1', passed);
    assert.equal(fleet.standingOf('e1'), 'healthy');
  });

  test('is not let out by the requests that it gets because it is alone', () => {
    const fleet = new Fleet([{ id: 'p', endpoints: [{ id: 'e1' }] }], { health: { enabled: true } });
    fleet.check('e1', lied);
    fleet.serve({}, { e1: answers(401) });
    fleet.serve();
    assert.equal(fleet.standingOf('e1'), 'quarantined');
  });

  test('is given another chance when checks are switched off: nobody would ever tell', () => {
    const fleet = two();
    fleet.check('e1', lied);
    const { routing, health } = fleet.contents.configuration;
    fleet.memory.configure(fleet.contents, routing, { ...health, enabled: false });
    assert.deepEqual(fleet.serve().visited, ['e1']);
  });
});

describe('a check that passes', () => {
  test('leaves nothing of what the time out has cost the endpoint in weight', () => {
    const fleet = two();
    fleet.open('e1');
    for (let i = 0; i < 15; i += 1) {
      fleet.advance(minute);
      fleet.check('e1', met(transport('connectRefused')));
    }
    fleet.check('e1', passed);
    assert.equal(fleet.standingOf('e1'), 'healthy');
    assert.equal(fleet.memory.weightFactorOf('e1', fleet.now), 1);
    assert.deepEqual(fleet.serve().visited, ['e1']);
  });

  test('closes a circuit', () => {
    const fleet = two();
    fleet.open('e1');
    fleet.check('e1', passed);
    assert.equal(fleet.standingOf('e1'), 'healthy');
    assert.deepEqual(fleet.serve().visited, ['e1']);
  });

  test('ends a quarantine with all that was held against the endpoint, and frees its conversations', () => {
    const fleet = two();
    const talk = { conversation: 'talk' };
    fleet.serve(talk);
    fleet.serve({}, { e1: answers(404) });
    fleet.serve({ model: 'other' }, { e1: answers(401) });
    assert.equal(fleet.standingOf('e1'), 'quarantined');
    assert.equal(fleet.memory.refusedModelsOf('e1', fleet.now).length, 1);
    fleet.check('e1', passed);
    assert.equal(fleet.standingOf('e1'), 'healthy');
    assert.deepEqual(fleet.memory.refusedModelsOf('e1', fleet.now), []);
    const home = fleet.memory.places.homeOf(
      { route: 'messages', model: opus, conversation: 'talk' },
      fleet.now,
    );
    assert.equal(home, undefined);
  });

  test('clears single failures and leaves conversations where they are', () => {
    const fleet = two();
    fleet.serve({ conversation: 'talk' });
    fleet.serve({}, { e1: refuses });
    assert.equal(fleet.standingOf('e1'), 'unhealthy');
    fleet.check('e1', passed);
    assert.equal(fleet.standingOf('e1'), 'healthy');
    assert.deepEqual(fleet.serve({ conversation: 'talk' }).visited, ['e1']);
  });

  test('leaves the limit of another class of models alone', () => {
    const fleet = two();
    fleet.serve({}, { e1: answers(429, { retryAfterMs: 60 * second }) });
    fleet.check('e1', passed);
    assert.deepEqual(fleet.serve().visited, ['e2']);
  });
});

describe('a check that fails', () => {
  test('counts like a request that does, at an endpoint that has served nobody lately', () => {
    const fleet = two();
    for (let i = 0; i < 3; i += 1) fleet.check('e1', met(transport('connectRefused')));
    assert.equal(fleet.standingOf('e1'), 'open');
  });

  test('takes out an endpoint whose key is refused', () => {
    const fleet = two();
    fleet.check('e1', met(answers(401), 'badKey'));
    assert.equal(fleet.memory.healthOf('e1').quarantine?.reason, 'keyRefused');
  });

  test('changes nothing for an endpoint that real requests were just served by', () => {
    const fleet = two();
    fleet.serve();
    for (let i = 0; i < 10; i += 1) {
      fleet.check('e1', met(transport('connectRefused')));
      fleet.check('e1', met(answers(401), 'badKey'));
      fleet.check('e1', met(transport('firstByteTimeout'), 'timeout'));
      fleet.check('e1', met(answers(429, { retryAfterMs: 60 * second }), 'rateLimited'));
    }
    assert.equal(fleet.standingOf('e1'), 'healthy');
  });

  test('for a name that cannot be resolved says nothing while this machine may be offline', () => {
    const fleet = two();
    const offline = { ...met(transport('dnsFailed')), failure: lookup };
    for (let i = 0; i < 10; i += 1) {
      fleet.check('e1', offline);
      fleet.check('e2', offline);
      fleet.advance(100);
      fleet.choose();
    }
    assert.deepEqual([fleet.standingOf('e1'), fleet.standingOf('e2')], ['healthy', 'healthy']);
  });

  test('for a name that cannot be resolved counts when another host answers', () => {
    const fleet = two();
    fleet.check('e1', { ...met(transport('dnsFailed')), failure: lookup });
    fleet.send({}, { tried: ['e1'] }).end();
    assert.equal(fleet.standingOf('e1'), 'unhealthy');
  });

  test('by a limit cools the class of models that it asked for', () => {
    const fleet = two();
    fleet.check('e1', { model: opus, ...met(answers(429, { retryAfterMs: 60 * second }), 'rateLimited') });
    assert.deepEqual(fleet.serve().visited, ['e2']);
    assert.equal(fleet.standingOf('e1'), 'degraded');
  });
});

describe('a check that is refused', () => {
  test('proves nothing', () => {
    const fleet = two();
    fleet.check('e1', { class: 'refused' });
    assert.equal(fleet.standingOf('e1'), 'healthy');
  });

  test('has a single request show what it cannot, at once, and then every ten minutes', () => {
    const fleet = two();
    fleet.serve({}, { e1: answers(401) });
    fleet.advance(11 * minute);
    assert.deepEqual(fleet.serve().visited, ['e2'], 'a check is to tell');
    fleet.check('e1', { class: 'refused' });
    assert.deepEqual(fleet.serve({}, { e1: answers(401) }).visited, ['e1', 'e2']);
    assert.deepEqual(fleet.serve().visited, ['e2']);
    fleet.check('e1', { class: 'refused' });
    assert.deepEqual(fleet.serve().visited, ['e2'], 'it is known to refuse');
    fleet.advance(10 * minute);
    assert.deepEqual(fleet.serve().visited, ['e1']);
    assert.equal(fleet.standingOf('e1'), 'healthy');
  });

  test('cannot clear an endpoint that was found to answer wrongly', () => {
    const fleet = two();
    fleet.check('e1', lied);
    fleet.check('e1', { class: 'refused' });
    fleet.advance(60 * minute);
    assert.deepEqual(fleet.serve().visited, ['e2']);
  });
});

test('what a check of another address or key found says nothing', () => {
  const fleet = two();
  const before = fleet.contents;
  const endpoint = before.configuration.profiles[0]?.endpoints[0];
  assert.ok(endpoint);
  fleet.configure([{ id: 'p', endpoints: [{ id: 'e1', apiKey: 'another' }] }]);
  fleet.memory.checked(before, endpoint, { ...lied, model: opus }, fleet.now);
  assert.equal(fleet.standingOf('e1'), 'healthy');
});

describe('an endpoint whose checks pass and whose requests fail', () => {
  /** Has a check bring it back and requests take it out again. */
  const round = (fleet: Fleet) => {
    fleet.open('e1');
    fleet.advance(minute);
    fleet.check('e1', passed);
  };

  test('comes back by a check twice, and then only by requests, ever later', () => {
    const fleet = two();
    for (let i = 0; i < 2; i += 1) {
      round(fleet);
      assert.equal(fleet.standingOf('e1'), 'healthy');
    }
    round(fleet);
    assert.equal(fleet.standingOf('e1'), 'open');
    let visits = 0;
    for (let i = 0; i < 60; i += 1) {
      fleet.advance(minute);
      fleet.check('e1', passed);
      if (fleet.serve({}, { e1: refuses }).visited.includes('e1')) visits += 1;
    }
    assert.ok(visits >= 3 && visits <= 10, `${visits} of its requests failed in an hour`);
  });

  test('is believed again once it has served a request, or when it is released by hand', () => {
    const fleet = two();
    for (let i = 0; i < 3; i += 1) round(fleet);
    fleet.advance(minute);
    assert.deepEqual(fleet.serve().visited, ['e1']);
    round(fleet);
    assert.equal(fleet.standingOf('e1'), 'healthy');
    for (let i = 0; i < 2; i += 1) round(fleet);
    fleet.memory.reset(fleet.contents, 'e1');
    round(fleet);
    assert.equal(fleet.standingOf('e1'), 'healthy');
  });
});
