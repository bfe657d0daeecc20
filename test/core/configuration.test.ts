import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  activeProfileOf,
  checkName,
  emptyContents,
  endpointIdsOf,
  hasKey,
  isSendableHeaderValue,
} from '../../src/core/configuration.ts';
import { contentsOf } from '../support/contents.ts';

for (const [name, others, problem] of [
  ['relay', [], undefined],
  ['relay', ['other'], undefined],
  ['', [], 'emptyName'],
  [' \t\n', [], 'emptyName'],
  ['x'.repeat(64), [], undefined],
  ['x'.repeat(65), [], 'longName'],
  ['🙂'.repeat(64), [], undefined],
  ['🙂'.repeat(65), [], 'longName'],
  [`  ${'x'.repeat(64)}  `, [], undefined],
  ['relay', ['relay'], 'duplicateName'],
  [' Relay ', ['relay'], 'duplicateName'],
  ['relay', [' RELAY'], 'duplicateName'],
  ['名前', ['名前'], 'duplicateName'],
] as const) {
  test(`the name ${JSON.stringify(name).slice(0, 24)} beside ${JSON.stringify(others)} is ${problem ?? 'good'}`, () => {
    assert.equal(checkName(name, others), problem);
  });
}

for (const [value, sendable] of [
  ['', true],
  ['sk-ant-api03-abc_DEF', true],
  ['two words', true],
  ['ü', true],
  ['a\rb', false],
  ['a\nb', false],
  ['a\r\nx-evil: 1', false],
  ['a\0b', false],
  ['a\tb', false],
  ['a\x7fb', false],
  ['a\x85b', false],
  ['鍵', false],
  ['a\u2028b', false],
] as const) {
  test(`${JSON.stringify(value)} ${sendable ? 'can' : 'cannot'} be sent in a header`, () => {
    assert.equal(isSendableHeaderValue(value), sendable);
  });
}

test('without a choice no profile is active', () => {
  assert.equal(activeProfileOf(emptyContents.configuration), undefined);
});

test('an active profile that is gone is none', () => {
  const { configuration } = contentsOf([{ id: 'p' }]);
  assert.equal(activeProfileOf({ ...configuration, activeProfile: 'gone' }), undefined);
});

test('an endpoint has a key only when there is something to send', () => {
  const contents = contentsOf([
    {
      id: 'p',
      endpoints: [
        { id: 'a', apiKey: 'k' },
        { id: 'b', apiKey: '' },
      ],
    },
  ]);
  assert.deepEqual(
    ['a', 'b', 'c'].map((id) => hasKey(contents, id)),
    [true, false, false],
  );
});

test('the endpoints of all profiles are counted', () => {
  const contents = contentsOf([
    { id: 'p', endpoints: [{ id: 'a' }, { id: 'b' }] },
    { id: 'q', endpoints: [{ id: 'c' }] },
  ]);
  assert.deepEqual(endpointIdsOf(contents.configuration), new Set(['a', 'b', 'c']));
});
