import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ModelClass } from '../../src/core/failure.ts';
import { modelClassOf } from '../../src/core/modelClass.ts';

const examples: readonly (readonly [model: string, ModelClass])[] = [
  ['claude-opus-5-5', 'opus'],
  ['claude-sonnet-5-5', 'sonnet'],
  ['claude-3-5-haiku-20241022', 'haiku'],
  ['CLAUDE-OPUS-4', 'opus'],
  ['anthropic/claude-sonnet-4.5', 'sonnet'],
  ['us.anthropic.claude-opus-5-v1:0', 'opus'],
  ['claude-haiku-4-5@20251001', 'haiku'],
  ['claude-opus-4-5[1m]', 'opus'],
  ['opus', 'opus'],
  ['gpt-6', 'other'],
  ['magnum-opusculum', 'other'],
  ['constructor', 'other'],
  ['other', 'other'],
  ['', 'other'],
];

for (const [model, expected] of examples) {
  test(`"${model}" is of the class ${expected}`, () => {
    assert.equal(modelClassOf(model), expected);
  });
}

test('a request without a model is of the class other', () => {
  assert.equal(modelClassOf(undefined), 'other');
});
