import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { ModelPrice } from '../../src/core/configuration.ts';
import { costOf } from '../../src/core/cost.ts';
import { modelPrices } from '../../src/core/modelPrices.ts';
import type { Usage } from '../../src/core/usage.ts';

const none: Usage = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0, cacheWriteLong: 0 };
const million = 1_000_000;
const oneMillion: Usage = { ...none, input: million };

/** What a million tokens of input cost, which tells the price that was found. */
const inputPrice = (model: string | null, prices: Readonly<Record<string, ModelPrice>> = {}) =>
  costOf(oneMillion, model, prices);

/** What a million tokens of each kind cost. */
function perMillion(model: string): readonly (number | null)[] {
  const kinds: readonly Partial<Usage>[] = [
    { input: million },
    { output: million },
    { cacheRead: million },
    { cacheWrite: million },
    { cacheWrite: million, cacheWriteLong: million },
  ];
  return kinds.map((kind) => rounded(costOf({ ...none, ...kind }, model, {})));
}

const rounded = (dollars: number | null) => (dollars === null ? null : Math.round(dollars * 1e6) / 1e6);

// Input, output, cache read, cache written for 5 minutes and for an hour, as the price list has them.
for (const [model, ...prices] of [
  ['claude-fable-5-2', 8, 40, 0.2, 10, 16],
  ['claude-fable-5-1', 10, 50, 0.25, 12.5, 20],
  ['claude-mythos-5', 10, 50, 1, 12.5, 20],
  ['claude-opus-5-5', 4, 20, 0.2, 5, 8],
  ['claude-opus-5', 5, 25, 0.5, 6.25, 10],
  ['claude-opus-4-1-20250805', 15, 75, 1.5, 18.75, 30],
  ['claude-sonnet-5-5', 2, 10, 0.1, 2.5, 4],
  ['claude-sonnet-5', 2, 10, 0.2, 2.5, 4],
  ['claude-sonnet-4-6', 3, 15, 0.3, 3.75, 6],
  ['claude-haiku-4-5-20251001', 1, 5, 0.1, 1.25, 2],
  ['claude-3-5-haiku-20241022', 0.8, 4, 0.08, 1, 1.6],
  ['claude-3-haiku-20240307', 0.25, 1.25, 0.03, 0.3, 0.5],
] as const) {
  test(`a million tokens of ${model} cost ${prices.join(', ')} dollars`, () => {
    assert.deepEqual(perMillion(model), prices);
  });
}

test('a prompt of more than 100 000 tokens, cached ones among them, makes all tokens of Haiku 5.5 dearer', () => {
  const usage: Usage = {
    input: 50_000,
    output: 1_000,
    cacheRead: 30_000,
    cacheWrite: 20_000,
    cacheWriteLong: 5_000,
  };
  const cost = (change: Partial<Usage>) => rounded(costOf({ ...usage, ...change }, 'claude-haiku-5-5', {}));
  const short = 50_000 * 0.1 + 1_000 * 0.5 + 30_000 * 0.01 + 15_000 * 0.125 + 5_000 * 0.2;
  assert.equal(cost({}), short / million);
  assert.equal(cost({ output: 60_000 }), (short + 59_000 * 0.5) / million);
  for (const more of ['input', 'cacheRead', 'cacheWrite'] as const) {
    const long = { ...usage, [more]: usage[more] + 1 };
    const dollars =
      long.input * 0.5 +
      long.output * 2.5 +
      long.cacheRead * 0.05 +
      (long.cacheWrite - long.cacheWriteLong) * 0.625 +
      long.cacheWriteLong * 1;
    assert.equal(cost(long), rounded(dollars / million));
  }
});

test('the longest beginning of a name holds', () => {
  assert.equal(inputPrice('claude-opus-4-20250514'), 15);
  assert.equal(inputPrice('claude-opus-4-5-20251101'), 5);
  assert.equal(inputPrice('claude-opus-5'), 5);
  assert.equal(inputPrice('claude-opus-5-5'), 4);
});

for (const name of [
  'claude-opus-4-5',
  'claude-opus-4-5-20251101',
  'claude-opus-4-5-latest',
  'claude-opus-4-5-thinking',
  'claude-opus-4-5[1m]',
  'claude-opus-4-5@20251101',
  'claude-opus-4.5',
  'Claude-Opus-4-5',
  'anthropic/claude-opus-4.5',
  'openrouter/anthropic/claude-opus-4.5:thinking',
  'anthropic.claude-opus-4-5-20251101-v1:0',
  'us.anthropic.claude-opus-4-5-20251101-v1:0',
  'us-gov.anthropic.claude-opus-4-5-20251101-v1:0',
  'bedrock/global.anthropic.claude-opus-4-5-20251101-v1:0',
  'vertex_ai/claude-opus-4-5@20251101',
]) {
  test(`${name} is Opus 4.5`, () => assert.equal(inputPrice(name), 5));
}

for (const name of [
  '',
  'claude',
  'claude-opus',
  'claude-opus-5-6',
  'claude-opus-5.6',
  'claude-opus-4-10-20270101',
  'claude-opus-50',
  'claude-opus-5x',
  'claude-sonnet-6',
  'my-claude-opus-5',
  'gpt-5',
  'x'.repeat(1_000_000),
]) {
  test(`${name.slice(0, 30) || 'a name of nothing'} has no price`, () =>
    assert.equal(inputPrice(name), null));
}

test('a request without a model has no price', () => {
  assert.equal(inputPrice(null, { claude: { input: 1, output: 1 } }), null);
});

test('prices of the user come first, the longest that fits', () => {
  const prices = {
    'claude-opus': { input: 70, output: 0 },
    'claude-opus-5': { input: 71, output: 0 },
    'GPT-4.1': { input: 72, output: 0 },
    'relay/claude-haiku-4-5': { input: 73, output: 0 },
    '': { input: 74, output: 0 },
    'glm-': { input: 75, output: 0 },
  };
  assert.equal(inputPrice('claude-opus-4-8', prices), 70);
  assert.equal(inputPrice('claude-opus-5-5', prices), 70);
  assert.equal(inputPrice('claude-opus-5', prices), 71);
  assert.equal(inputPrice('gpt-4.1-2025-04-14', prices), 72);
  assert.equal(inputPrice('gpt-4-1-mini', prices), 72);
  assert.equal(inputPrice('gpt-4', prices), null);
  assert.equal(inputPrice('relay/claude-haiku-4-5', prices), 73);
  assert.equal(inputPrice('claude-haiku-4-5', prices), 1);
  assert.equal(inputPrice('glm-5.3', prices), 75);
  assert.equal(inputPrice('unheard-of', prices), null);
});

test('what a price does not say of caches follows from its input', () => {
  const cost = (usage: Partial<Usage>, price: ModelPrice) =>
    rounded(costOf({ ...none, ...usage }, 'own', { own: price }));
  const price = { input: 4, output: 0 };
  assert.equal(cost({ cacheRead: million }, price), 0.4);
  assert.equal(cost({ cacheWrite: million }, price), 5);
  assert.equal(cost({ cacheWrite: million, cacheWriteLong: million }, price), 8);
  const said = { ...price, cacheRead: 1, cacheWrite: 2, cacheWriteLong: 3 };
  assert.equal(cost({ cacheRead: million }, said), 1);
  assert.equal(cost({ cacheWrite: million }, said), 2);
  assert.equal(cost({ cacheWrite: million, cacheWriteLong: million }, said), 3);
  assert.equal(cost({ cacheRead: million }, { ...price, cacheRead: 0 }), 0);
});

test('costs are those of exact arithmetic', () => {
  const tokens = fc.nat(1_000_000_000);
  const usages = fc
    .record({ input: tokens, output: tokens, cacheRead: tokens, cacheWrite: tokens, cacheWriteLong: tokens })
    .map((usage) => ({ ...usage, cacheWriteLong: Math.min(usage.cacheWrite, usage.cacheWriteLong) }));
  // Thousandths of a dollar per million tokens are whole numbers of billionths of a dollar per token.
  const thousandths = fc.nat(1_000_000);
  const prices = fc.record({
    input: thousandths,
    output: thousandths,
    cacheRead: thousandths,
    cacheWrite: thousandths,
    cacheWriteLong: thousandths,
  });
  fc.assert(
    fc.property(usages, prices, (usage, price) => {
      const exact =
        BigInt(usage.input) * BigInt(price.input) +
        BigInt(usage.output) * BigInt(price.output) +
        BigInt(usage.cacheRead) * BigInt(price.cacheRead) +
        BigInt(usage.cacheWrite - usage.cacheWriteLong) * BigInt(price.cacheWrite) +
        BigInt(usage.cacheWriteLong) * BigInt(price.cacheWriteLong);
      const own = Object.fromEntries(Object.entries(price).map(([name, value]) => [name, value / 1000]));
      const cost = costOf(usage, 'own', { own: own as unknown as ModelPrice }) ?? Number.NaN;
      assert.ok(Math.abs(cost * 1e9 - Number(exact)) <= 1e-12 * Number(exact));
    }),
  );
});

test('costs add up: two answers cost what one with all their tokens does', () => {
  const tokens = fc.nat(1_000_000);
  const usage = fc.record({ input: tokens, output: tokens, cacheRead: tokens });
  const models = Object.keys(modelPrices).filter((model) => modelPrices[model]?.longPrompt === undefined);
  fc.assert(
    fc.property(usage, usage, fc.constantFrom(...models), (one, other, model) => {
      const cost = (each: typeof one) => costOf({ ...none, ...each }, model, {}) ?? Number.NaN;
      const both = {
        input: one.input + other.input,
        output: one.output + other.output,
        cacheRead: one.cacheRead + other.cacheRead,
      };
      assert.ok(Math.abs(cost(both) - cost(one) - cost(other)) < 1e-9);
    }),
  );
});
