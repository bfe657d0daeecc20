import assert from 'node:assert/strict';
import { test } from 'node:test';
import { modelPrices, pricesDate } from '../../src/core/modelPrices.ts';

test('the price list has a date', () => {
  assert.match(pricesDate, /^\d{4}-\d\d-\d\d$/);
  assert.ok(!Number.isNaN(Date.parse(pricesDate)));
});

test('names in the price list are spelled as Anthropic spells them', () => {
  for (const name of Object.keys(modelPrices)) assert.match(name, /^claude(-[a-z]+|-\d)+$/);
});

test('every model costs five times its input for output, and less to read from a cache than to read', () => {
  for (const [name, { longPrompt, ...short }] of Object.entries(modelPrices)) {
    for (const price of longPrompt ? [short, longPrompt] : [short]) {
      assert.ok(Math.abs(price.output - 5 * price.input) < 1e-9, name);
      assert.ok((price.cacheRead ?? 0) <= price.input / 8, name);
    }
    if (longPrompt) assert.ok(longPrompt.input > short.input && longPrompt.above > 0, name);
  }
});
