import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { figuresIn } from '../../src/extension/figures.ts';

const english = figuresIn('en');
const chinese = figuresIn('zh-cn');

describe('figures', () => {
  it('read as the language has them', () => {
    assert.equal(english.count(1234567), '1,234,567');
    assert.equal(english.percent(0.9755), '97.6%');
    assert.equal(chinese.percent(1), '100%');
    const at = Date.UTC(2026, 0, 2, 12);
    assert.notEqual(english.time(at), chinese.time(at));
    assert.match(chinese.time(at), /2026\/1\/\d/);
  });

  it('leave out the day of what is today', () => {
    const noon = new Date(2026, 10, 20, 12).getTime();
    const { time } = figuresIn('en', noon);
    assert.equal(time(noon - 60_000), '11:59:00 AM');
    assert.equal(time(noon - 86_400_000), '11/19/2026, 12:00:00 PM');
  });

  it('show small sums of money to a hundredth of a cent, others to a cent', () => {
    assert.equal(english.dollars(0.01234), '$0.0123');
    assert.equal(english.dollars(0.5), '$0.50');
    assert.equal(english.dollars(1234.567), '$1,234.57');
  });

  it('show sizes in the unit that fits', () => {
    assert.deepEqual([0, 999, 1_500, 64_000_000].map(english.bytes), [
      '0 bytes',
      '999 bytes',
      '1.5 kB',
      '64 MB',
    ]);
    assert.deepEqual([1, 999].map(chinese.bytes), ['1字节', '999字节']);
  });
});
