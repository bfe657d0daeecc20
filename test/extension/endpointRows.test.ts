import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { changedRows, rowsOf } from '../../src/extension/views/endpointRows.ts';
import { endpoint, failing, modelValue, profile } from './modelValue.ts';

const names = (rows: readonly { name: string }[]) => rows.map((row) => row.name);

const conditionWith = (state: Parameters<typeof modelValue>[1], fields = {}) =>
  rowsOf(modelValue([profile('p', [endpoint('a', fields)])], state))[0]?.endpoints[0]?.condition;

describe('rows of the tree', () => {
  it('come by level and then in the order of the profiles', () => {
    const value = modelValue([
      profile('plain', []),
      profile('last', [], { priority: 'fallback' }),
      profile('first', [], { priority: 'primary' }),
      profile('also plain', []),
    ]);
    assert.deepEqual(names(rowsOf(value)), ['first', 'last', 'plain', 'also plain']);
  });

  it('list endpoints in the order in which they are tried', () => {
    const endpoints = [endpoint('b', { priority: 2 }), endpoint('a'), endpoint('c', { priority: 2 })];
    assert.deepEqual(names(rowsOf(modelValue([profile('p', endpoints)]))[0]?.endpoints ?? []), [
      'a',
      'b',
      'c',
    ]);
  });

  it('mark the active profile', () => {
    const rows = rowsOf(modelValue([profile('p', []), profile('q', [])]));
    assert.deepEqual(
      rows.map((row) => [row.active, row.contextValue]),
      [
        [true, 'profile active'],
        [false, 'profile inactive'],
      ],
    );
  });
});

describe('condition of an endpoint', () => {
  it('is unknown without a proxy and before the first attempt', () => {
    assert.equal(conditionWith(null), 'unknown');
    assert.equal(conditionWith({}), 'unknown');
    assert.equal(conditionWith({ a: {} }), 'unknown');
  });

  it('is disabled before anything else', () => {
    assert.equal(conditionWith({ a: { ...failing, hasKey: false } }, { enabled: false }), 'disabled');
  });

  it('is noKey even when it failed before', () => {
    assert.equal(conditionWith({ a: { ...failing, hasKey: false } }), 'noKey');
  });

  it('stays failed while the next attempt runs', () => {
    assert.equal(conditionWith({ a: { ...failing, inFlight: 1 } }), 'failed');
  });

  it('is inFlight during and ok after an attempt that succeeds', () => {
    assert.equal(conditionWith({ a: { inFlight: 1 } }), 'inFlight');
    assert.equal(conditionWith({ a: { servedAt: 1 } }), 'ok');
  });
});

describe('what is drawn again', () => {
  const p = profile('p', [endpoint('a'), endpoint('b')]);
  const q = profile('q', [endpoint('c')]);
  const before = rowsOf(modelValue([p, q], { a: {}, b: {}, c: {} }));

  it('is nothing when nothing changed', () => {
    assert.deepEqual(changedRows(before, rowsOf(modelValue([p, q], { a: {}, b: {}, c: {} }))), []);
  });

  it('is the endpoint whose state changed', () => {
    assert.deepEqual(changedRows(before, rowsOf(modelValue([p, q], { a: {}, b: { inFlight: 1 }, c: {} }))), [
      'b',
    ]);
  });

  it('is the profile whose own text changed', () => {
    const renamed = { ...q, name: 'renamed' };
    assert.deepEqual(changedRows(before, rowsOf(modelValue([p, renamed], { a: {}, b: {}, c: {} }))), ['q']);
  });

  it('is the profile that got or lost an endpoint', () => {
    const smaller = { ...p, endpoints: p.endpoints.slice(1) };
    assert.deepEqual(changedRows(before, rowsOf(modelValue([smaller, q], { b: {}, c: {} }))), ['p']);
  });

  it('is everything when the list of profiles changed', () => {
    assert.equal(changedRows(before, rowsOf(modelValue([q, p], { a: {}, b: {}, c: {} }))), 'all');
  });
});
