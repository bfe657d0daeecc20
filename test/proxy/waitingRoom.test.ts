import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import {
  type Outlook,
  type Pass,
  type WaitEnd,
  type Waiter,
  WaitingRoom,
} from '../../src/proxy/waitingRoom.ts';

const go: Outlook = { kind: 'go' };
const never: Outlook = { kind: 'wait', until: undefined };

/** A room on a clock that only the test moves, and what has become of those who entered. */
function start(t: TestContext) {
  let now = 0;
  const changed = t.mock.fn();
  const room = new WaitingRoom(() => now, changed);
  t.after(() => room.close());
  let outlook = never;
  const ends: WaitEnd['kind'][] = [];
  const passes: Pass[] = [];

  const enter = (waiter: Partial<Waiter> = {}): Promise<WaitEnd> => {
    const entered = room.enter({
      bytes: 0,
      models: 'opus',
      givesUpAt: 1_000_000,
      signal: new AbortController().signal,
      outlook: () => outlook,
      ...waiter,
    });
    void entered.then((end) => {
      ends.push(end.kind);
      if (end.kind === 'released') passes.push(end.pass);
    });
    return entered;
  };

  /** Lets the room look, and what follows from it happen. */
  const looked = async () => {
    room.look();
    await turn();
    await turn();
  };

  return {
    room,
    ends,
    passes,
    enter,
    looked,
    changes: () => changed.mock.callCount(),
    /** From now on all who say nothing else have this outlook. */
    setOutlook: (next: Outlook) => {
      outlook = next;
    },
    setNow: (next: number) => {
      now = next;
    },
    state: () => room.state((time) => time + 1_000_000),
  };
}

describe('a request that waits', () => {
  test('goes on when an endpoint is ready for it', async (t) => {
    const { enter, looked, ends, setOutlook } = start(t);
    void enter();
    await looked();
    assert.deepEqual(ends, []);
    setOutlook(go);
    await looked();
    assert.deepEqual(ends, ['released']);
  });

  test('goes on by itself at the time that its outlook names', async (t) => {
    const room = new WaitingRoom(
      () => performance.now(),
      () => undefined,
    );
    t.after(() => room.close());
    const readyAt = performance.now() + 30;
    const end = await room.enter({
      bytes: 0,
      models: 'opus',
      givesUpAt: readyAt + 60_000,
      signal: new AbortController().signal,
      outlook: () => (performance.now() >= readyAt ? go : { kind: 'wait', until: readyAt }),
    });
    assert.equal(end.kind, 'released');
    assert.ok(performance.now() >= readyAt);
  });

  test('gives up by itself when its time is over', async (t) => {
    const room = new WaitingRoom(
      () => performance.now(),
      () => undefined,
    );
    t.after(() => room.close());
    const { signal } = new AbortController();
    const givesUpAt = performance.now() + 30;
    const end = await room.enter({ bytes: 0, models: 'opus', givesUpAt, signal, outlook: () => never });
    assert.equal(end.kind, 'late');
    assert.ok(performance.now() >= givesUpAt);
  });

  test('leaves when its client leaves', async (t) => {
    const { enter, ends, state } = start(t);
    const client = new AbortController();
    const entered = enter({ signal: client.signal });
    client.abort();
    await entered;
    assert.deepEqual(ends, ['late']);
    assert.equal(state().count, 0);
  });

  test('is sent away when the process ends, and so is one that comes later', async (t) => {
    const { room, enter, ends } = start(t);
    const entered = enter();
    room.close();
    await Promise.all([entered, enter()]);
    assert.deepEqual(ends, ['closed', 'closed']);
  });

  test('goes before those who came later', async (t) => {
    const { enter, looked, passes, ends, setOutlook } = start(t);
    const order: string[] = [];
    for (const name of ['first', 'second', 'third']) void enter().then(() => order.push(name));
    setOutlook(go);
    while (ends.length < 3) {
      await looked();
      passes.shift()?.settle(true);
    }
    assert.deepEqual(order, ['first', 'second', 'third']);
  });

  test('goes on rather than to give up when its time is over and an endpoint is ready', async (t) => {
    const { enter, looked, ends, setOutlook, setNow } = start(t);
    for (let i = 0; i < 3; i += 1) void enter();
    void enter({ outlook: () => never });
    setOutlook(go);
    setNow(1_000_000);
    await looked();
    assert.deepEqual(ends.toSorted(), ['late', 'released', 'released', 'released']);
  });

  test('is passed by one for which another endpoint is ready', async (t) => {
    const { enter, looked, ends } = start(t);
    void enter();
    void enter({ outlook: () => go });
    await looked();
    assert.deepEqual(ends, ['released']);
  });
});

describe('those who wait for the same', () => {
  test('go one at first, and twice as many with every round of successes', async (t) => {
    const { enter, looked, passes, setOutlook } = start(t);
    for (let i = 0; i < 20; i += 1) void enter();
    setOutlook(go);
    const rounds: number[] = [];
    for (let round = 0; round < 4; round += 1) {
      await looked();
      const released = passes.splice(0);
      rounds.push(released.length);
      for (const pass of released) pass.settle(true);
    }
    assert.deepEqual(rounds, [1, 2, 4, 8]);
  });

  test('go one at a time again after a failure', async (t) => {
    const { enter, looked, passes, setOutlook } = start(t);
    for (let i = 0; i < 20; i += 1) void enter();
    setOutlook(go);
    for (let round = 0; round < 3; round += 1) {
      await looked();
      for (const pass of passes.splice(0)) pass.settle(round < 2);
    }
    await looked();
    assert.equal(passes.length, 1);
  });

  test('wait for the one that goes ahead', async (t) => {
    const { enter, looked, ends, setOutlook } = start(t);
    for (let i = 0; i < 3; i += 1) void enter();
    setOutlook(go);
    for (let i = 0; i < 5; i += 1) await looked();
    assert.deepEqual(ends, ['released']);
  });

  test('do not gain by a pass that is settled twice', async (t) => {
    const { enter, looked, passes, ends, setOutlook } = start(t);
    for (let i = 0; i < 10; i += 1) void enter();
    setOutlook(go);
    await looked();
    const [pass] = passes;
    for (let i = 0; i < 5; i += 1) pass?.settle(true);
    await looked();
    assert.equal(ends.length, 3);
  });

  test('go one at first again when the room was empty meanwhile', async (t) => {
    const { enter, looked, ends, passes, setOutlook } = start(t);
    setOutlook(go);
    for (let i = 0; i < 7; i += 1) void enter();
    while (ends.length < 7) {
      await looked();
      for (const pass of passes.splice(0)) pass.settle(true);
    }
    for (let i = 0; i < 5; i += 1) void enter();
    await looked();
    assert.equal(passes.length, 1);
  });
});

describe('those who wait for different classes of models', () => {
  /** Enough for several rounds of both, with a tally of who was released. */
  function twoClasses(t: TestContext) {
    const { enter, looked, setOutlook } = start(t);
    const passes = { opus: [] as Pass[], haiku: [] as Pass[] };
    for (const models of ['opus', 'haiku'] as const) {
      for (let i = 0; i < 20; i += 1) {
        void enter({ models }).then((end) => {
          if (end.kind === 'released') passes[models].push(end.pass);
        });
      }
    }
    setOutlook(go);
    const counts = () => [passes.opus.length, passes.haiku.length];
    return { passes, looked, counts };
  }

  test('go one of each at first', async (t) => {
    const { looked, counts } = twoClasses(t);
    await looked();
    assert.deepEqual(counts(), [1, 1]);
    await looked();
    assert.deepEqual(counts(), [1, 1]);
  });

  test('gain nothing by the successes of the others', async (t) => {
    const { passes, looked, counts } = twoClasses(t);
    await looked();
    for (let round = 0; round < 3; round += 1) {
      for (const pass of passes.opus.splice(0)) pass.settle(true);
      await looked();
    }
    assert.deepEqual(counts(), [8, 1]);
  });

  test('go one at first again when their own queue was empty meanwhile, though others wait', async (t) => {
    const { enter, looked, passes, ends } = start(t);
    void enter({ models: 'haiku' });
    const ready = { models: 'opus', outlook: () => go } as const;
    for (let i = 0; i < 7; i += 1) void enter(ready);
    while (ends.length < 7) {
      await looked();
      for (const pass of passes.splice(0)) pass.settle(true);
    }
    for (let i = 0; i < 5; i += 1) void enter(ready);
    await looked();
    assert.equal(passes.length, 1);
  });

  test('lose nothing by the failures of the others', async (t) => {
    const { passes, looked, counts } = twoClasses(t);
    for (let round = 0; round < 4; round += 1) {
      await looked();
      if (round === 3) break;
      for (const pass of passes.opus.splice(0)) pass.settle(false);
      for (const pass of passes.haiku.splice(0)) pass.settle(true);
    }
    assert.deepEqual(counts(), [1, 8]);
  });
});

describe('the room', () => {
  test('holds 64 requests', async (t) => {
    const { enter, ends, state } = start(t);
    for (let i = 0; i < 64; i += 1) void enter();
    await enter();
    assert.deepEqual(ends, ['full']);
    assert.equal(state().count, 64);
  });

  test('holds 256 MiB of bodies', async (t) => {
    const { enter, ends, state } = start(t);
    for (let i = 0; i < 8; i += 1) void enter({ bytes: 32 * 1024 * 1024 });
    void enter({ bytes: 0 });
    await enter({ bytes: 1 });
    assert.deepEqual(ends, ['full']);
    assert.equal(state().count, 9);
  });

  test('has room again when one has left', async (t) => {
    const { enter, ends } = start(t);
    const client = new AbortController();
    const first = enter({ bytes: 256 * 1024 * 1024, signal: client.signal });
    client.abort();
    await first;
    void enter({ bytes: 256 * 1024 * 1024 });
    await turn();
    assert.deepEqual(ends, ['late']);
  });

  test('is a queue for those who come later while somebody could go on, with models of the same class only', (t) => {
    const { room, enter, setOutlook } = start(t);
    assert.equal(room.isQueue('opus'), false);
    void enter({ models: 'opus' });
    assert.equal(room.isQueue('opus'), false);
    setOutlook(go);
    assert.equal(room.isQueue('opus'), true);
    assert.equal(room.isQueue('haiku'), false);
  });

  test('tells how many wait and when the first of them can go on', async (t) => {
    const { enter, looked, state } = start(t);
    assert.deepEqual(state(), { count: 0, until: null });
    void enter({ outlook: () => ({ kind: 'wait', until: 20_000 }) });
    void enter({ outlook: () => ({ kind: 'wait', until: 10_000 }) });
    void enter();
    await looked();
    assert.deepEqual(state(), { count: 3, until: 1_010_000 });
  });

  test('tells no time when nobody knows one', async (t) => {
    const { enter, looked, state } = start(t);
    void enter();
    await looked();
    assert.deepEqual(state(), { count: 1, until: null });
  });

  test('tells no time when nobody waits any more', async (t) => {
    const { enter, looked, state } = start(t);
    const client = new AbortController();
    const entered = enter({ signal: client.signal, outlook: () => ({ kind: 'wait', until: 20_000 }) });
    await looked();
    client.abort();
    await entered;
    assert.deepEqual(state(), { count: 0, until: null });
  });

  test('tells of every change of what it tells', async (t) => {
    const { enter, looked, changes, state, setOutlook } = start(t);
    const told: unknown[] = [];
    let seen = 0;
    const note = () => {
      if (changes() > seen) told.push(state());
      seen = changes();
    };
    void enter();
    note();
    setOutlook({ kind: 'wait', until: 10_000 });
    await looked();
    note();
    setOutlook(go);
    await looked();
    note();
    assert.deepEqual(told, [
      { count: 1, until: null },
      { count: 1, until: 1_010_000 },
      { count: 0, until: null },
    ]);
  });

  test('leaves no timer behind when it is empty', async (t) => {
    const { enter, looked } = start(t);
    const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    const before = timers();
    const client = new AbortController();
    const entered = enter({ signal: client.signal });
    await looked();
    assert.equal(timers(), before + 1);
    client.abort();
    await entered;
    assert.equal(timers(), before);
  });
});

test('one that was released and takes long does not keep the others', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { enter, ends, looked, setOutlook } = start(t);
  void enter();
  void enter();
  setOutlook(go);
  await looked();
  assert.equal(ends.length, 1);

  t.mock.timers.tick(5_000);
  await looked();

  assert.equal(ends.length, 2);
});

test('the success of one that was no longer waited for still lets one more go', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { enter, looked, passes, setOutlook } = start(t);
  for (let i = 0; i < 10; i += 1) void enter();
  setOutlook(go);
  await looked();
  t.mock.timers.tick(5_000);
  await looked();
  assert.equal(passes.length, 2);

  for (const pass of passes.splice(0)) pass.settle(true);
  await looked();

  assert.equal(passes.length, 3);
});
