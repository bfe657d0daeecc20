import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Ticker } from '../../src/extension/ticker.ts';
import { waitFor } from '../support/waitFor.ts';

describe('the ticker', () => {
  it('ticks for as long as something counts down, and then stops', async () => {
    let left = 3;
    const ticker: Ticker = new Ticker({
      next: () => (left > 0 ? 1 : null),
      tick: () => {
        left -= 1;
        ticker.update();
      },
    });
    ticker.update();
    await waitFor('it has ticked', () => left === 0 || undefined);
    ticker.update();
    assert.equal(left, 0);
    ticker.dispose();
  });

  it('holds no timer while nothing counts down, nor after it is disposed of', () => {
    const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    const before = timers();
    let next: number | null = null;
    const ticker = new Ticker({ next: () => next, tick: () => assert.fail('nothing is due') });
    ticker.update();
    assert.equal(timers(), before);
    next = 60_000;
    ticker.update();
    ticker.update();
    assert.equal(timers(), before + 1);
    next = null;
    ticker.update();
    assert.equal(timers(), before);
    next = 60_000;
    ticker.update();
    ticker.dispose();
    assert.equal(timers(), before);
  });

  it('takes a moment that is further away than timers reach', async (t) => {
    const warnings: string[] = [];
    const note = ({ name }: Error) => warnings.push(name);
    process.on('warning', note);
    t.after(() => process.off('warning', note));
    const ticker = new Ticker({ next: () => 40 * 86_400_000, tick: () => assert.fail('it is weeks away') });
    ticker.update();
    // Node says in the next tick that it has made a millisecond of a time that is too long.
    await new Promise((resolve) => setImmediate(resolve));
    ticker.dispose();
    assert.deepEqual(warnings, []);
  });
});
