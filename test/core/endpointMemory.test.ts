import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Fault } from '../../src/core/classification.ts';
import type { EndpointSketch } from '../support/contents.ts';
import {
  answers,
  Fleet,
  type FleetOptions,
  haiku,
  hour,
  minute,
  openMs,
  opus,
  quarantineMs,
  refuses,
  second,
  transport,
} from '../support/fleet.ts';

function fleetOf(endpoints: readonly EndpointSketch[], options?: FleetOptions): Fleet {
  return new Fleet([{ id: 'p', endpoints }], options);
}

/** Two endpoints with hosts and keys of their own. */
function two(options?: FleetOptions): Fleet {
  return fleetOf([{ id: 'e1' }, { id: 'e2' }], options);
}

const rateLimited = (seconds: number) => answers(429, { retryAfterMs: seconds * second });
const dnsFailed = transport('dnsFailed');
const keyRefused = answers(401);
const notFound = answers(404);
const odd = answers(400, { message: 'something is wrong' });

/** A request to `e1` that meets a fault. */
function failAtE1(fleet: Fleet, fault: Fault, query: Parameters<Fleet['send']>[0] = {}): void {
  fleet.send(query, { tried: ['e2', 'e3'] }).fail(fault);
}

/** Milliseconds that an endpoint is left alone for a model. */
function coolMs(fleet: Fleet, id: string, model = opus): number {
  const endpoint = fleet.contents.configuration.profiles
    .flatMap(({ endpoints }) => endpoints)
    .find((it) => it.id === id);
  assert.ok(endpoint);
  return (fleet.memory.coolUntil(fleet.contents, endpoint, model, fleet.now) ?? fleet.now) - fleet.now;
}

describe('the standing of an endpoint', () => {
  test('is healthy to begin with', () => {
    assert.equal(two().standingOf('e1'), 'healthy');
  });

  for (const [what, fault, standing] of [
    ['unhealthy after a failure', refuses, 'unhealthy'],
    ['unhealthy after an error of the server', answers(500), 'unhealthy'],
    ['degraded after a rate limit', answers(429), 'degraded'],
    ['as good as before after an overload', answers(529), 'healthy'],
    ['open after a certificate that is not accepted', transport('tlsFailed'), 'open'],
    ['quarantined after a key that was refused', keyRefused, 'quarantined'],
    ['quarantined after a redirect', transport('redirected'), 'quarantined'],
    ['as good as before after a request that is wrong in itself', answers(422), 'healthy'],
    ['as good as before after a conflict', answers(409), 'healthy'],
    [
      'as good as before after a connection that was closed while idle',
      transport('staleConnection'),
      'healthy',
    ],
  ] as const) {
    test(`is ${what}`, () => {
      const fleet = two();
      failAtE1(fleet, fault);
      assert.equal(fleet.standingOf('e1'), standing);
    });
  }

  test('is healthy again after a whole answer', () => {
    const fleet = two();
    failAtE1(fleet, refuses);
    failAtE1(fleet, answers(429));
    fleet.advance(2 * second);
    fleet.send({}, { tried: ['e2'] }).end();
    assert.equal(fleet.standingOf('e1'), 'healthy');
  });

  test('does not change with a client that leaves', () => {
    const fleet = two();
    for (let i = 0; i < 10; i += 1) fleet.send({}, { tried: ['e2'] }).leave();
    assert.equal(fleet.standingOf('e1'), 'healthy');
  });

  test('is that of a failed endpoint when an answer breaks off after its first content', () => {
    const fleet = two();
    const sent = fleet.send({}, { tried: ['e2'] });
    sent.content();
    sent.fail(transport('truncated'));
    assert.equal(fleet.standingOf('e1'), 'unhealthy');
  });

  test('goes by the threshold that the user has set', () => {
    const fleet = two({ routing: { breakerThreshold: 1 } });
    failAtE1(fleet, refuses);
    assert.equal(fleet.standingOf('e1'), 'open');
  });

  test('is open for as long as the user has set, also for more than ten minutes', () => {
    const fleet = two({ routing: { breakerSeconds: 1_200 } });
    fleet.open('e1');
    const { breaker } = fleet.memory.healthOf('e1');
    assert.equal(breaker.state === 'open' && breaker.until - breaker.since, 20 * minute);
  });

  for (const route of ['countTokens', 'models'] as const) {
    test(`does not change with requests of the route ${route}, however they end`, () => {
      const fleet = two();
      for (const fault of [refuses, keyRefused, answers(429), notFound, transport('tlsFailed')]) {
        failAtE1(fleet, fault, { route });
      }
      assert.equal(fleet.standingOf('e1'), 'healthy');
      assert.equal(coolMs(fleet, 'e1'), 0);
      failAtE1(fleet, refuses);
      fleet.send({ route }, { tried: ['e2'] }).end();
      assert.equal(fleet.standingOf('e1'), 'unhealthy');
    });
  }
});

describe('a cool-down', () => {
  test('lasts as long as the endpoint says', () => {
    const fleet = two();
    failAtE1(fleet, rateLimited(20));
    assert.equal(coolMs(fleet, 'e1'), 20 * second);
  });

  test('lasts an hour at most', () => {
    const fleet = two();
    failAtE1(fleet, rateLimited(1e9));
    assert.equal(coolMs(fleet, 'e1'), hour);
  });

  test('lasts a second when the endpoint says nothing, and twice as long each time, up to a minute', () => {
    const fleet = two();
    const lasted = Array.from({ length: 8 }, () => {
      failAtE1(fleet, answers(429));
      const ms = coolMs(fleet, 'e1');
      fleet.advance(ms);
      return ms / second;
    });
    assert.deepEqual(lasted, [1, 2, 4, 8, 16, 32, 60, 60]);
  });

  test('lasts a second again after the endpoint has served', () => {
    const fleet = two();
    for (let i = 0; i < 4; i += 1) {
      failAtE1(fleet, answers(429));
      fleet.advance(minute);
    }
    fleet.send({}, { tried: ['e2'] }).end();
    failAtE1(fleet, answers(429));
    assert.equal(coolMs(fleet, 'e1'), second);
  });

  test('lasts a random time after an overload, up to thirty seconds', () => {
    const fleet = two();
    const lasted = Array.from({ length: 20 }, () => {
      failAtE1(fleet, answers(529));
      const ms = coolMs(fleet, 'e1');
      fleet.advance(ms);
      return ms;
    });
    assert.ok((lasted[0] ?? 0) < 2 * second);
    assert.ok(lasted.every((ms) => ms > 0 && ms < 30 * second));
    assert.ok(lasted.some((ms) => ms > 10 * second));
  });

  test('holds for all endpoints with the same key at the same place', () => {
    const shared = { baseUrl: 'https://relay.example', apiKey: 'one' };
    const fleet = fleetOf([{ id: 'e1', ...shared }, { id: 'e2', ...shared }, { id: 'e3' }]);
    failAtE1(fleet, rateLimited(20));
    assert.equal(coolMs(fleet, 'e2'), 20 * second);
    assert.equal(coolMs(fleet, 'e3'), 0);
    assert.equal(fleet.choose().considered.e2, 'coolDown');
  });

  test('holds for no endpoint with another key, or with the same key elsewhere', () => {
    const fleet = fleetOf([
      { id: 'e1', baseUrl: 'https://relay.example', apiKey: 'one' },
      { id: 'e2', baseUrl: 'https://relay.example', apiKey: 'two' },
      { id: 'e3', baseUrl: 'https://other.example', apiKey: 'one' },
    ]);
    failAtE1(fleet, rateLimited(20));
    assert.deepEqual([coolMs(fleet, 'e2'), coolMs(fleet, 'e3')], [0, 0]);
  });

  test('holds for the class of models that met it alone', () => {
    const fleet = two();
    failAtE1(fleet, rateLimited(20));
    assert.equal(coolMs(fleet, 'e1', 'claude-opus-4-1'), 20 * second);
    assert.equal(coolMs(fleet, 'e1', haiku), 0);
    assert.equal(fleet.choose({ model: haiku }).considered.e1, 'ready');
  });

  test('is over with the content of a request that was sent after it began', () => {
    const fleet = fleetOf([{ id: 'e1' }]);
    const before = fleet.send();
    fleet.advance(second);
    failAtE1(fleet, rateLimited(20));
    fleet.advance(second);
    before.content();
    assert.equal(coolMs(fleet, 'e1'), 19 * second);
  });

  test('is no failure: any number of rate limits open no circuit', () => {
    const fleet = two();
    for (let i = 0; i < 10; i += 1) {
      failAtE1(fleet, rateLimited(1));
      fleet.advance(second);
    }
    assert.equal(fleet.standingOf('e1'), 'degraded');
  });

  test('proves nothing in a trial: the next one is free when it is over', () => {
    const fleet = two();
    fleet.open('e1');
    fleet.advance(openMs);
    fleet.send().fail(rateLimited(20));
    assert.equal(fleet.choose().considered.e1, 'coolDown');
    fleet.advance(20 * second);
    const choice = fleet.choose();
    assert.equal(choice.kind === 'endpoint' && choice.reason, 'trial');
  });
});

describe('a model that an endpoint refuses', () => {
  const names = (fleet: Fleet) => fleet.memory.refusedModelsOf('e1', fleet.now).map(({ model }) => model);

  test('is remembered for ten minutes once another endpoint has served it', () => {
    const fleet = two();
    fleet.serve({}, { e1: notFound });
    assert.deepEqual(names(fleet), [opus]);
    fleet.advance(10 * minute);
    assert.deepEqual(names(fleet), []);
  });

  test('is not remembered when the other endpoint refuses it too', () => {
    const fleet = two();
    assert.deepEqual(fleet.serve({}, { e1: notFound, e2: notFound }), {
      visited: ['e1', 'e2'],
      outcome: 'failed',
    });
    assert.deepEqual(names(fleet), []);
  });

  test('is remembered after three conversations when the refusal may be theirs', () => {
    const fleet = two();
    for (const conversation of ['a', 'b', 'c']) {
      assert.deepEqual(names(fleet), []);
      failAtE1(fleet, odd, { conversation });
      const query = { route: 'messages', model: opus, conversation } as const;
      fleet.memory.contradicted('e1', 'markAfterThree', query, 'r', fleet.now);
    }
    assert.deepEqual(names(fleet), [opus]);
  });

  test('is not remembered for a single conversation, however often it asks', () => {
    const fleet = two();
    for (let i = 0; i < 5; i += 1) {
      const query = { route: 'messages', model: opus, conversation: 'a' } as const;
      fleet.memory.contradicted('e1', 'markAfterThree', query, `r${i}`, fleet.now);
    }
    assert.deepEqual(names(fleet), []);
  });

  test('is remembered after three requests that belong to no conversation', () => {
    const fleet = two();
    for (let i = 0; i < 3; i += 1) {
      const query = { route: 'messages', model: opus, conversation: undefined } as const;
      fleet.memory.contradicted('e1', 'markAfterThree', query, `r${i}`, fleet.now);
    }
    assert.deepEqual(names(fleet), [opus]);
  });

  test('moves the conversation that met it, and no other one', () => {
    const fleet = two();
    const at = (conversation: string) =>
      fleet.memory.places.homeOf({ route: 'messages', model: opus, conversation }, fleet.now);
    for (const conversation of ['a', 'b']) fleet.send({ conversation }, { tried: ['e2'] }).end();
    assert.deepEqual(fleet.serve({ conversation: 'a' }, { e1: odd }), {
      visited: ['e1', 'e2'],
      outcome: 'served',
    });
    assert.deepEqual([at('a'), at('b')], ['e2', 'e1']);
  });

  test('by its key is remembered at once', () => {
    const fleet = two();
    failAtE1(fleet, answers(403));
    assert.deepEqual(names(fleet), [opus]);
    assert.equal(fleet.standingOf('e1'), 'healthy');
  });

  test('by its key means a refused key when it is the second one', () => {
    const fleet = two();
    failAtE1(fleet, answers(403));
    failAtE1(fleet, answers(403), { model: haiku });
    assert.equal(fleet.standingOf('e1'), 'quarantined');
    assert.equal(fleet.memory.healthOf('e1').quarantine?.reason, 'keyRefused');
  });

  test('by its key means nothing more when it is the same one again', () => {
    const fleet = two();
    const sent = Array.from({ length: 3 }, () => fleet.send({}, { tried: ['e2'] }));
    for (const each of sent) each.fail(answers(403));
    assert.equal(fleet.standingOf('e1'), 'healthy');
  });

  test('by its key means nothing more when it merely does not have another one', () => {
    const fleet = two();
    fleet.serve({ model: haiku }, { e1: notFound });
    failAtE1(fleet, answers(403));
    assert.equal(fleet.standingOf('e1'), 'healthy');
  });

  test('on the way to count tokens is not remembered', () => {
    const fleet = two();
    const query = { route: 'countTokens', model: opus, conversation: undefined } as const;
    fleet.memory.contradicted('e1', 'markRouteModel', query, 'r', fleet.now);
    assert.deepEqual(names(fleet), []);
  });
});

describe('a host name that cannot be resolved', () => {
  const three = () => fleetOf([{ id: 'e1' }, { id: 'e2' }, { id: 'e3' }]);

  test('counts against its endpoint when another one answers', () => {
    const fleet = two();
    for (let i = 0; i < 3; i += 1) fleet.serve({}, { e1: dnsFailed });
    assert.notEqual(fleet.standingOf('e1'), 'healthy');
    assert.equal(fleet.standingOf('e2'), 'healthy');
  });

  test('takes its endpoint out after three failures', () => {
    const fleet = two();
    for (let i = 0; i < 3; i += 1) {
      failAtE1(fleet, dnsFailed);
      fleet.send({}, { tried: ['e1'] }).end();
    }
    assert.equal(fleet.standingOf('e1'), 'open');
  });

  test('counts when nothing else was looked for within two seconds', () => {
    const fleet = two();
    failAtE1(fleet, dnsFailed);
    assert.equal(fleet.standingOf('e1'), 'healthy');
    fleet.advance(2 * second + 1);
    fleet.choose();
    assert.equal(fleet.standingOf('e1'), 'unhealthy');
  });

  test('counts against nobody while those of several hosts all fail: this machine is offline', () => {
    const fleet = three();
    for (let i = 0; i < 20; i += 1) {
      const faults = { e1: dnsFailed, e2: dnsFailed, e3: dnsFailed };
      assert.equal(fleet.serve({}, faults, false).outcome, 'failed');
      fleet.advance(500);
    }
    fleet.advance(hour);
    fleet.choose();
    assert.deepEqual(
      ['e1', 'e2', 'e3'].map((id) => fleet.standingOf(id)),
      ['healthy', 'healthy', 'healthy'],
    );
  });

  test('counts when those of several hosts fail and another host answers: this machine is online', () => {
    const fleet = three();
    for (let i = 0; i < 3; i += 1) {
      assert.equal(fleet.serve({}, { e1: dnsFailed, e2: dnsFailed }).outcome, 'served');
      fleet.advance(second);
    }
    assert.deepEqual(
      ['e1', 'e2', 'e3'].map((id) => fleet.standingOf(id)),
      ['unhealthy', 'unhealthy', 'healthy'],
    );
  });

  test('ends a trial like any other failure', () => {
    const fleet = two();
    fleet.open('e1');
    fleet.advance(openMs);
    fleet.send().fail(dnsFailed);
    const { breaker } = fleet.memory.healthOf('e1');
    assert.equal(breaker.state === 'open' && breaker.until, fleet.now + 2 * openMs);
  });
});

describe('a host name that cannot be resolved, when the machine may be offline', () => {
  const relay = { id: 'relay', baseUrl: 'http://127.0.0.1:9000' };

  for (const baseUrl of ['http://127.0.0.1:9000', 'http://localhost:9000', 'http://[::1]:9000']) {
    test(`does not count because ${baseUrl} answers with an error, which it does offline too`, () => {
      const fleet = fleetOf([{ id: 'e1' }, { id: 'e2' }, { ...relay, baseUrl }]);
      for (let i = 0; i < 5; i += 1) {
        fleet.send({}, { tried: ['e2', 'relay'] }).fail(dnsFailed);
        fleet.send({}, { tried: ['e1', 'relay'] }).fail(dnsFailed);
        fleet.send({}, { tried: ['e1', 'e2'] }).fail(answers(422));
        fleet.advance(second);
      }
      assert.deepEqual([fleet.standingOf('e1'), fleet.standingOf('e2')], ['healthy', 'healthy']);
    });
  }

  test('counts when a relay on this machine answers with content: that came from somewhere', () => {
    const fleet = fleetOf([{ id: 'e1' }, { id: 'e2' }, relay]);
    fleet.send({}, { tried: ['e2', 'relay'] }).fail(dnsFailed);
    fleet.send({}, { tried: ['e1', 'relay'] }).fail(dnsFailed);
    fleet.send({}, { tried: ['e1', 'e2'] }).end();
    assert.deepEqual([fleet.standingOf('e1'), fleet.standingOf('e2')], ['unhealthy', 'unhealthy']);
  });

  test('counts when it is the only one, whatever answers on this machine', () => {
    const fleet = fleetOf([{ id: 'e1' }, relay]);
    fleet.serve({}, { e1: dnsFailed });
    fleet.advance(3 * second);
    fleet.choose();
    assert.equal(fleet.standingOf('e1'), 'unhealthy');
  });

  /** One is on trial while the names of all others cannot be resolved. */
  function trialInAnOutage(): Fleet {
    const fleet = fleetOf([{ id: 'e1' }, { id: 'e2' }, { id: 'e3' }]);
    fleet.open('e1');
    fleet.advance(openMs);
    const trial = fleet.send();
    assert.equal(trial.choice.reason, 'trial');
    for (const id of ['e2', 'e3']) {
      fleet.send({}, { tried: ['e1', 'e2', 'e3'].filter((it) => it !== id) }).fail(dnsFailed);
    }
    trial.fail(dnsFailed);
    return fleet;
  }

  test('makes the time out of an endpoint on trial no longer: the next trial is due soon', () => {
    const fleet = trialInAnOutage();
    const { breaker } = fleet.memory.healthOf('e1');
    assert.equal(breaker.state === 'open' && breaker.until, fleet.now + 5 * second);
    assert.equal(breaker.openings, 1);
    fleet.advance(5 * second);
    const choice = fleet.choose();
    assert.deepEqual(choice.kind === 'endpoint' && [choice.candidate.endpoint.id, choice.reason], [
      'e1',
      'trial',
    ]);
  });

  test('never quarantines an endpoint, however many trials there are', () => {
    const fleet = trialInAnOutage();
    for (let i = 0; i < 20; i += 1) {
      fleet.advance(5 * second);
      for (const tried of [['e1', 'e2'], ['e1', 'e3'], []]) fleet.send({}, { tried }).fail(dnsFailed);
      assert.equal(fleet.standingOf('e1'), 'open');
    }
  });

  const oneFailed = () => {
    const fleet = two();
    failAtE1(fleet, dnsFailed);
    return fleet;
  };
  const settled = (fleet: Fleet) => {
    fleet.advance(3 * second);
    fleet.choose();
    return fleet.standingOf('e1');
  };

  test('counts late against an endpoint that is still the same', () => {
    const fleet = oneFailed();
    fleet.configure([{ id: 'p', endpoints: [{ id: 'e1', name: 'other' }, { id: 'e2' }] }]);
    assert.equal(settled(fleet), 'unhealthy');
  });

  test('does not count late when the endpoint has another address meanwhile', () => {
    const fleet = oneFailed();
    const e1 = { id: 'e1', baseUrl: 'https://other.example' };
    fleet.configure([{ id: 'p', endpoints: [e1, { id: 'e2' }] }]);
    assert.equal(settled(fleet), 'healthy');
  });

  test('does not count late when the endpoint was reset meanwhile', () => {
    const fleet = oneFailed();
    fleet.memory.reset(fleet.contents, 'e1');
    assert.equal(settled(fleet), 'healthy');
  });

  test('does not count late when the endpoint was removed meanwhile, also when it is back', () => {
    const fleet = oneFailed();
    fleet.configure([{ id: 'p', endpoints: [{ id: 'e2' }] }]);
    fleet.configure([{ id: 'p', endpoints: [{ id: 'e1' }, { id: 'e2' }] }]);
    assert.equal(settled(fleet), 'healthy');
  });
});

describe('a whole answer to a request that was sent before the trouble', () => {
  test('does not close the circuit that has opened meanwhile, which its content did not either', () => {
    const fleet = two();
    const [silent, streaming] = [fleet.send({}, { tried: ['e2'] }), fleet.send({}, { tried: ['e2'] })];
    streaming.content();
    fleet.advance(second);
    fleet.open('e1');
    const { breaker } = fleet.memory.healthOf('e1');
    fleet.advance(30 * second);
    streaming.end();
    silent.end();
    assert.deepEqual(fleet.memory.healthOf('e1').breaker, breaker);
  });

  test('does not lift the quarantine of an endpoint that fails, which one that was sent since does', () => {
    const fleet = two();
    const long = fleet.send({}, { tried: ['e2'] });
    long.content();
    fleet.advance(second);
    fleet.open('e1');
    for (const pauseMs of [openMs, 2 * openMs]) {
      fleet.advance(pauseMs);
      fleet.send().fail(refuses);
    }
    assert.equal(fleet.standingOf('e1'), 'quarantined');
    fleet.advance(second);
    long.end();
    assert.equal(fleet.standingOf('e1'), 'quarantined');
    fleet.advance(quarantineMs);
    const trial = fleet.send();
    assert.equal(trial.choice.reason, 'trial');
    trial.end();
    assert.equal(fleet.standingOf('e1'), 'healthy');
  });

  test('still counts for an endpoint that is merely unhealthy', () => {
    const fleet = two();
    const long = fleet.send({}, { tried: ['e2'] });
    fleet.advance(second);
    failAtE1(fleet, refuses);
    long.end();
    assert.equal(fleet.standingOf('e1'), 'healthy');
  });
});

describe('another configuration', () => {
  const talk = { conversation: 'talk' };

  /** An endpoint of which all kinds of things are known. */
  function notorious(): Fleet {
    const fleet = two();
    const [first, ...others] = Array.from({ length: 4 }, () => fleet.send(talk, { tried: ['e2'] }));
    fleet.advance(300);
    first?.end();
    for (const fault of [answers(403), rateLimited(600), keyRefused]) others.pop()?.fail(fault);
    return fleet;
  }

  const known = (fleet: Fleet) => ({
    standing: fleet.standingOf('e1'),
    coolMs: coolMs(fleet, 'e1'),
    refused: fleet.memory.refusedModelsOf('e1', fleet.now).length,
    responseMs: fleet.memory.responseMsOf('e1', fleet.now),
    bound: fleet.memory.places.homeOf({ route: 'messages', model: opus, ...talk }, fleet.now),
  });

  const everything = {
    standing: 'quarantined',
    coolMs: 600 * second,
    refused: 1,
    responseMs: 300,
    bound: 'e1',
  };
  const nothing = {
    standing: 'healthy',
    coolMs: 0,
    refused: 0,
    responseMs: undefined,
    bound: undefined,
  };

  for (const [what, change] of [
    ['name', { name: 'other' }],
    ['weight', { weight: 7 }],
    ['priority', { priority: 7 }],
  ] as const) {
    test(`with another ${what} of an endpoint keeps what is known of it`, () => {
      const fleet = notorious();
      fleet.configure([{ id: 'p', endpoints: [{ id: 'e1', ...change }, { id: 'e2' }] }]);
      assert.deepEqual(known(fleet), everything);
    });
  }

  for (const [what, change] of [
    ['list of models', { models: [opus, haiku] }],
    ['mapping of models', { modelMap: { [opus]: 'claude-opus' } }],
  ] as const) {
    test(`with another ${what} of an endpoint forgets which ones it refused, and nothing else`, () => {
      const fleet = notorious();
      fleet.configure([{ id: 'p', endpoints: [{ id: 'e1', ...change }, { id: 'e2' }] }]);
      assert.deepEqual(known(fleet), { ...everything, refused: 0 });
    });
  }

  test('that moves an endpoint to another profile keeps what is known of it', () => {
    const fleet = notorious();
    fleet.configure([
      { id: 'p', endpoints: [{ id: 'e2' }] },
      { id: 'q', endpoints: [{ id: 'e1' }] },
    ]);
    assert.deepEqual(known(fleet), everything);
  });

  for (const [what, change] of [
    ['key', { apiKey: 'other' }],
    ['address', { baseUrl: 'https://other.example' }],
  ] as const) {
    test(`with another ${what} of an endpoint forgets everything of it`, () => {
      const fleet = notorious();
      fleet.configure([{ id: 'p', endpoints: [{ id: 'e1', ...change }, { id: 'e2' }] }]);
      assert.deepEqual(known(fleet), nothing);
    });
  }

  for (const [what, change] of [
    ['way to send the key', { auth: 'bearer' }],
    ['header of its own', { headers: { 'x-team': 'blue' } }],
  ] as const) {
    test(`with another ${what} of an endpoint takes it out of quarantine`, () => {
      const fleet = notorious();
      fleet.configure([{ id: 'p', endpoints: [{ id: 'e1', ...change }, { id: 'e2' }] }]);
      assert.equal(fleet.standingOf('e1'), 'healthy');
    });
  }

  test('in which an endpoint is new again knows nothing of the one before it', () => {
    const fleet = notorious();
    fleet.configure([{ id: 'p', endpoints: [{ id: 'e2' }] }]);
    fleet.configure([{ id: 'p', endpoints: [{ id: 'e1' }, { id: 'e2' }] }]);
    assert.equal(fleet.standingOf('e1'), 'healthy');
    assert.equal(known(fleet).bound, undefined);
  });

  test('with another key is not blamed for what requests with the old one meet', () => {
    const fleet = two();
    const before = fleet.send({}, { tried: ['e2'] });
    fleet.configure([{ id: 'p', endpoints: [{ id: 'e1', apiKey: 'other' }, { id: 'e2' }] }]);
    before.fail(keyRefused);
    assert.equal(fleet.standingOf('e1'), 'healthy');
  });

  test('with another lifetime of bindings holds for those that there are', () => {
    const fleet = two({ routing: { affinityHours: 1 } });
    fleet.send(talk, { tried: ['e2'] }).end();
    fleet.advance(hour);
    assert.equal(known(fleet).bound, undefined);
  });

  test('is not needed to forget: a reset by hand does it', () => {
    const fleet = notorious();
    assert.equal(fleet.memory.reset(fleet.contents, 'e1'), true);
    assert.deepEqual(known(fleet), nothing);
  });

  test('is not needed to forget what an endpoint was worth: a reset by hand does that too', () => {
    const fleet = two({ health: { enabled: true } });
    fleet.open('e1');
    for (let i = 0; i < 15; i += 1) {
      fleet.advance(minute);
      fleet.serve({}, { e1: refuses });
    }
    fleet.memory.reset(fleet.contents, 'e1');
    assert.equal(fleet.standingOf('e1'), 'healthy');
    assert.equal(fleet.memory.weightFactorOf('e1', fleet.now), 1);
  });

  test('is needed to know an endpoint: there is none to reset otherwise', () => {
    assert.equal(two().memory.reset(two().contents, 'e3'), false);
  });
});

describe('time', () => {
  test('that jumps eight hours takes no endpoint out', () => {
    const fleet = fleetOf(['e1', 'e2', 'e3', 'e4'].map((id) => ({ id })));
    const running = ['e1', 'e2', 'e3', 'e4'].map((id) =>
      fleet.send({}, { tried: ['e1', 'e2', 'e3', 'e4'].filter((other) => other !== id) }),
    );
    running[0]?.content();
    fleet.advance(8 * hour);
    running[0]?.fail(transport('idleTimeout'));
    running[1]?.fail(transport('connectionLost'));
    running[2]?.fail(dnsFailed);
    running[3]?.leave();
    fleet.choose();
    fleet.memory.sweep(fleet.now);
    const standings = ['e1', 'e2', 'e3', 'e4'].map((id) => fleet.standingOf(id));
    assert.deepEqual(standings, ['unhealthy', 'unhealthy', 'healthy', 'healthy']);
  });

  test('that jumps eight hours brings those back that were out', () => {
    const fleet = two();
    fleet.open('e1');
    failAtE1(fleet, keyRefused);
    fleet.send({}, { tried: ['e1'] }).fail(rateLimited(3_600));
    fleet.advance(8 * hour);
    const { considered } = fleet.choose();
    assert.deepEqual(considered, { e1: 'ready', e2: 'ready' });
  });

  test('of the wall clock changes nothing when it is set forth or back', () => {
    const played = (shiftMs: number) => {
      const fleet = fleetOf([{ id: 'e1' }, { id: 'e2' }, { id: 'e3' }], { seed: 3 });
      const faults = [refuses, answers(429), answers(529), rateLimited(30), keyRefused, notFound, dnsFailed];
      return Array.from({ length: 200 }, (_, index) => {
        if (index % 10 === 5) fleet.wallNow += index % 20 === 5 ? shiftMs : -shiftMs;
        fleet.advance(3 * second);
        const fault = faults[index % 11];
        return fleet.serve({ conversation: `talk-${index % 7}` }, fault ? { e1: fault, e2: fault } : {});
      });
    };
    assert.deepEqual(played(hour), played(0));
    assert.deepEqual(played(-hour), played(0));
  });

  test('to wait for new money ends with the month, UTC', () => {
    const fleet = two();
    fleet.wallNow = Date.UTC(2026, 11, 31, 23, 59, 0);
    failAtE1(fleet, answers(429, { errorCode: 'enforced_spend_limit_reached' }));
    const { quarantine } = fleet.memory.healthOf('e1');
    assert.equal(quarantine?.reason, 'keySpent');
    assert.equal((quarantine?.until ?? 0) - fleet.now, minute);
  });

  test('to wait for money that may come at any time is that of other quarantines', () => {
    const fleet = two();
    failAtE1(fleet, answers(400, { message: 'Your credit balance is too low' }));
    const { quarantine } = fleet.memory.healthOf('e1');
    assert.deepEqual([quarantine?.reason, quarantine?.status], ['keySpent', 400]);
    assert.equal((quarantine?.until ?? 0) - fleet.now, quarantineMs);
  });
});

describe('how long an endpoint takes', () => {
  test('is not known before it has served', () => {
    assert.equal(two().memory.responseMsOf('e1', 0), undefined);
  });

  test('is a moving average of the times to the first content', () => {
    const fleet = two();
    for (const ms of [1_000, 2_000]) {
      const sent = fleet.send({}, { tried: ['e2'] });
      fleet.advance(ms);
      sent.content();
    }
    assert.equal(fleet.memory.responseMsOf('e1', fleet.now), 1_300);
  });
});

test('an endpoint that was not measured for a minute has to be measured again, by one request', () => {
  const fleet = two();
  const sent = fleet.send({}, { tried: ['e2'] });
  fleet.advance(second);
  sent.end();
  fleet.advance(minute);
  assert.equal(fleet.memory.responseMsOf('e1', fleet.now), second);
  fleet.advance(1);
  assert.equal(fleet.memory.responseMsOf('e1', fleet.now), undefined);
  fleet.send({}, { tried: ['e2'] });
  assert.equal(fleet.memory.responseMsOf('e1', fleet.now), second);
});

test('what is over is let go of', () => {
  const fleet = two();
  fleet.send({ conversation: 'talk' }, { tried: ['e2'] }).end();
  fleet.serve({}, { e1: notFound });
  fleet.advance(5 * hour);
  fleet.memory.sweep(fleet.now);
  assert.equal(fleet.memory.places.affinity.size, 0);
  assert.deepEqual(fleet.memory.refusedModelsOf('e1', 0), []);
});
