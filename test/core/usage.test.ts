import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { sumOfUsage, type Usage, UsageTally } from '../../src/core/usage.ts';

function usageOf(...told: readonly unknown[]): Usage | undefined {
  const tally = new UsageTally();
  for (const usage of told) tally.add(usage);
  return tally.usage;
}

const none = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0, cacheWriteLong: 0 };

test('the counts of Anthropic are taken field by field', () => {
  assert.deepEqual(
    usageOf({
      input_tokens: 1,
      output_tokens: 2,
      cache_read_input_tokens: 3,
      cache_creation_input_tokens: 9,
      cache_creation: { ephemeral_5m_input_tokens: 4, ephemeral_1h_input_tokens: 5 },
    }),
    { input: 1, output: 2, cacheRead: 3, cacheWrite: 9, cacheWriteLong: 5 },
  );
});

test('the counts of OpenAI hold what was read from a cache in the prompt', () => {
  assert.deepEqual(
    usageOf({
      prompt_tokens: 100,
      completion_tokens: 7,
      total_tokens: 107,
      prompt_tokens_details: { cached_tokens: 64 },
    }),
    { ...none, input: 36, cacheRead: 64, output: 7 },
  );
});

test('a prompt that is told in the words of OpenAI holds what Anthropic counts apart', () => {
  assert.deepEqual(
    usageOf({
      prompt_tokens: 100,
      completion_tokens: 7,
      cache_read_input_tokens: 60,
      cache_creation_input_tokens: 30,
    }),
    { ...none, input: 10, cacheRead: 60, cacheWrite: 30, output: 7 },
  );
});

test('a prompt that is shorter than what was read from a cache has nothing else in it', () => {
  const told = { prompt_tokens: 10, prompt_tokens_details: { cached_tokens: 64 } };
  assert.equal(usageOf(told)?.input, 0);
});

test('where both ways of counting are there, the one that is not filled with zeros counts', () => {
  const openAi = { prompt_tokens: 40, completion_tokens: 5, prompt_tokens_details: { cached_tokens: 8 } };
  const anthropic = { input_tokens: 32, output_tokens: 5, cache_read_input_tokens: 8 };
  const zeros = (names: object) => Object.fromEntries(Object.keys(names).map((name) => [name, 0]));
  const expected = { ...none, input: 32, cacheRead: 8, output: 5 };

  assert.deepEqual(usageOf({ ...zeros(anthropic), ...openAi }), expected);
  assert.deepEqual(usageOf({ ...anthropic, prompt_tokens: 0, completion_tokens: 0 }), expected);
  assert.deepEqual(usageOf({ ...anthropic, ...openAi }), expected);
});

test('a later count replaces an earlier one, and what is not told again stays', () => {
  const start = { input_tokens: 10, output_tokens: 1, cache_read_input_tokens: 500 };
  assert.deepEqual(usageOf(start, { output_tokens: 20 }, { input_tokens: 15, output_tokens: 33 }), {
    ...none,
    input: 15,
    output: 33,
    cacheRead: 500,
  });
});

test('a prompt that was counted does not become nothing at the end', () => {
  const start = { input_tokens: 10, output_tokens: 1, cache_read_input_tokens: 500 };
  const end = { input_tokens: 0, output_tokens: 0, cache_read_input_tokens: 0 };
  assert.deepEqual(usageOf(start, end), { ...none, input: 10, cacheRead: 500 });
});

test('what was written to a cache is the sum, or the parts where these say more', () => {
  const parts = { ephemeral_5m_input_tokens: 4, ephemeral_1h_input_tokens: 5 };
  const written = (usage: Usage | undefined) => [usage?.cacheWrite, usage?.cacheWriteLong];
  assert.deepEqual(written(usageOf({ cache_creation: parts })), [9, 5]);
  assert.deepEqual(written(usageOf({ cache_creation_input_tokens: 0, cache_creation: parts })), [9, 5]);
  assert.deepEqual(written(usageOf({ cache_creation_input_tokens: 12 })), [12, 0]);
  assert.deepEqual(
    written(
      usageOf({ cache_creation_input_tokens: 9, cache_creation: parts }, { cache_creation_input_tokens: 14 }),
    ),
    [14, 5],
  );
});

test('zero is a count', () => {
  assert.deepEqual(usageOf({ output_tokens: 0 }), none);
});

for (const [what, told] of [
  ['nothing', undefined],
  ['null', null],
  ['a text', 'input_tokens'],
  ['a list', [1, 2]],
  ['an empty object', {}],
  ['other counts', { total_tokens: 7, server_tool_use: { web_search_requests: 1 } }],
] as const) {
  test(`no tokens are told by ${what}`, () => assert.equal(usageOf(told), undefined));
}

for (const wrong of [null, '12', -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 1e12, {}, [3], true]) {
  test(`${JSON.stringify(wrong)} (${typeof wrong}) is no count of tokens`, () => {
    const names = ['input_tokens', 'output_tokens', 'cache_read_input_tokens', 'cache_creation_input_tokens'];
    for (const name of [...names, 'prompt_tokens', 'completion_tokens']) {
      assert.equal(usageOf({ [name]: wrong }), undefined);
    }
    assert.equal(usageOf({ prompt_tokens_details: { cached_tokens: wrong } }), undefined);
    assert.equal(usageOf({ cache_creation: { ephemeral_1h_input_tokens: wrong } }), undefined);
    const known = { input_tokens: 3, output_tokens: 4 };
    assert.deepEqual(usageOf(known, { input_tokens: wrong, output_tokens: wrong }), {
      ...none,
      input: 3,
      output: 4,
    });
  });
}

test('whatever is told, the counts are whole numbers, and the long-lived part is part of what was written', () => {
  const number = fc.oneof(fc.nat(), fc.double(), fc.constant(null), fc.string());
  const names = ['input_tokens', 'output_tokens', 'prompt_tokens', 'completion_tokens'] as const;
  const usage = fc.record(
    {
      ...Object.fromEntries(names.map((name) => [name, number])),
      cache_read_input_tokens: number,
      cache_creation_input_tokens: number,
      prompt_tokens_details: fc.oneof(fc.record({ cached_tokens: number }), fc.constant(null)),
      cache_creation: fc.record({ ephemeral_5m_input_tokens: number, ephemeral_1h_input_tokens: number }),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(fc.array(usage, { maxLength: 4 }), (all) => {
      const counted = usageOf(...all);
      if (counted === undefined) return;
      assert.ok(Object.values(counted).every((count) => Number.isSafeInteger(count) && count >= 0));
      assert.ok(counted.cacheWriteLong <= counted.cacheWrite);
    }),
  );
});

test('the tokens of several answers are added up, and those of none are not known', () => {
  const usage = { input: 1, output: 2, cacheRead: 3, cacheWrite: 4, cacheWriteLong: 1 };
  assert.equal(sumOfUsage([]), null);
  assert.deepEqual(sumOfUsage([usage]), usage);
  assert.deepEqual(sumOfUsage([usage, { ...usage, input: 10 }, usage]), {
    input: 12,
    output: 6,
    cacheRead: 9,
    cacheWrite: 12,
    cacheWriteLong: 3,
  });
});
