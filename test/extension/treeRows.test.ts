import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  changedRows,
  childrenOf,
  treeOf,
  withDescendants,
} from '../../src/extension/views/endpointTree/treeRows.ts';
import type { EndpointState } from '../../src/protocol/state.ts';
import { endpoint, modelValue, open, profile } from './modelValue.ts';

type Profiles = Parameters<typeof modelValue>[0];

const tree = (profiles: Profiles, states: Record<string, Partial<EndpointState>> = {}) =>
  treeOf(modelValue(profiles, states), 1);

/** The ids of all rows, those below another one in brackets. */
function outline(rows: ReturnType<typeof treeOf>): string {
  return rows
    .map((row) => {
      const below = outline(childrenOf(row));
      return below === '' ? row.id : `${row.id}(${below})`;
    })
    .join(' ');
}

describe('the tree', () => {
  const [a, b] = [endpoint('a'), endpoint('b')];

  it('has nothing around a single profile without a level', () => {
    assert.equal(outline(tree([])), '');
    assert.equal(outline(tree([profile('p', [a, b])])), 'p(a b)');
  });

  it('has all levels as soon as a profile has one, those without a profile too', () => {
    assert.equal(
      outline(tree([profile('p', [a], { priority: 'secondary' })])),
      'level:primary:empty level:secondary(p(a)) level:fallback:empty',
    );
  });

  it('has them with two profiles, and a group for those without a level', () => {
    assert.equal(
      outline(tree([profile('p', [a]), profile('q', [b], { priority: 'primary' }), profile('r', [])])),
      'level:primary(q(b)) level:secondary:empty level:fallback:empty level:none(p(a) r(first:r))',
    );
  });

  it('offers to add the first endpoint where there is none', () => {
    assert.equal(outline(tree([profile('p', [])])), 'p(first:p)');
  });
});

describe('what is drawn again', () => {
  const p = profile('p', [endpoint('a'), endpoint('b')]);
  const q = profile('q', [endpoint('c')], { priority: 'primary' });
  const quiet = { a: {}, b: {}, c: {} };
  const before = tree([p, q], quiet);
  const changes = (profiles: Profiles, states: Record<string, Partial<EndpointState>> = quiet) =>
    changedRows(before, tree(profiles, states));

  it('is nothing when nothing changed', () => {
    assert.deepEqual(changes([p, q]), []);
  });

  it('is the endpoint whose state changed', () => {
    assert.deepEqual(changes([p, q], { a: {}, b: { inFlight: 1 }, c: {} }), ['b']);
  });

  it('is the endpoint whose time left reads differently, as time goes by', () => {
    const value = modelValue([p, q], { ...quiet, a: open });
    const later = (ms: number) => changedRows(treeOf(value, 1), treeOf({ ...value, now: value.now + ms }, 1));
    assert.deepEqual(later(999), []);
    assert.deepEqual(later(1_000), ['a']);
  });

  it('is the profile whose own text changed', () => {
    assert.deepEqual(changes([p, { ...q, name: 'renamed' }]), ['q']);
  });

  it('is the profile that got or lost an endpoint, or has them in another order', () => {
    assert.deepEqual(changes([{ ...p, endpoints: p.endpoints.slice(1) }, q]), ['p']);
    assert.deepEqual(changes([{ ...p, endpoints: p.endpoints.toReversed() }, q]), ['p']);
  });

  it('is the level that got another profile', () => {
    const r = profile('r', [], { priority: 'primary' });
    assert.deepEqual(changes([p, r]), ['level:primary']);
  });

  it('is everything when a row has come to another upper one', () => {
    assert.equal(changes([p, { ...q, priority: 'fallback' }]), 'all');
    const [a, b] = p.endpoints;
    assert.ok(a && b);
    const moved = [
      { ...p, endpoints: [b] },
      { ...q, endpoints: [...q.endpoints, a] },
    ];
    assert.equal(changes(moved), 'all');
  });

  it('is everything when levels come or go, or the first profile to one', () => {
    assert.equal(changes([p]), 'all');
    assert.equal(changes([p, q, profile('r', [], { priority: 'fallback' })]), 'all');
    assert.equal(changes([p, { ...q, priority: null }]), 'all');
  });
});

it('every row has an id of its own', () => {
  const rows = withDescendants(tree([profile('p', []), profile('q', [endpoint('a')]), profile('r', [])]));
  assert.equal(new Set(rows.map(({ id }) => id)).size, rows.length);
});
