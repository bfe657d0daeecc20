import assert from 'node:assert/strict';

/** What chi-square exceeds in one of a thousand cases when the shares are right, by degrees of freedom from 1. */
const critical = [10.828, 13.816, 16.266, 18.467, 20.515, 22.458];

/** Pearson's chi-square: how far counts are from what their shares let expect. */
export function chiSquare(counts: readonly number[], shares: readonly number[]): number {
  const [total, whole] = [sum(counts), sum(shares)];
  return sum(
    shares.map((share, index) => {
      const expected = (total * share) / whole;
      return ((counts[index] ?? 0) - expected) ** 2 / expected;
    }),
  );
}

/** Asserts that counts fit their shares, at a level of significance of 0.001. */
export function assertShares(counts: readonly number[], shares: readonly number[]): void {
  assert.equal(counts.length, shares.length);
  const limit = critical[shares.length - 2];
  assert.ok(limit !== undefined, 'no critical value for so many shares');
  const found = chiSquare(counts, shares);
  assert.ok(found < limit, `chi-square ${found.toFixed(1)} of ${counts} for ${shares} is not below ${limit}`);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
