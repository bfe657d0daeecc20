import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  changedItems,
  queuedContextValue,
  queueVersionOf,
} from '../../src/extension/views/queueTree/queueRows.ts';
import type { QueueItem } from '../../src/protocol/queue.ts';
import type { ProxyState } from '../../src/protocol/state.ts';
import { quietProxyState } from '../support/quietProxyState.ts';
import { modelValue } from './modelValue.ts';

const item = (id: string, fields: Partial<QueueItem> = {}): QueueItem => ({
  id,
  createdAt: 1,
  updatedAt: 1,
  state: 'pending',
  model: 'claude-sonnet-5-5',
  conversation: null,
  bytes: 100,
  tries: 0,
  sent: 1,
  status: 500,
  nextTryAt: null,
  isAsync: false,
  canRetry: true,
  ...fields,
});

describe('what menus of a kept request go by', () => {
  it('is how it stands, and whether it can be tried again', () => {
    assert.equal(queuedContextValue(item('a')), 'queued pending retryable');
    assert.equal(queuedContextValue(item('a', { state: 'failed' })), 'queued failed retryable');
    assert.equal(queuedContextValue(item('a', { canRetry: false })), 'queued pending');
    assert.equal(queuedContextValue(item('a', { state: 'done', canRetry: false })), 'queued done');
  });

  it('is that nobody tries what is being tried', () => {
    assert.equal(queuedContextValue(item('a', { state: 'running' })), 'queued running');
  });
});

describe('the version of the queue', () => {
  const versionWith = (state: Partial<ProxyState>) =>
    queueVersionOf({ link: { kind: 'attached', port: 1 }, state: { ...quietProxyState, ...state } });

  it('is another one when something changed, in another process, and when a window brings its key', () => {
    const versions = [
      versionWith({}),
      versionWith({ queue: { ...quietProxyState.queue, changes: 1 } }),
      versionWith({ pid: 2 }),
      versionWith({ startedAt: 1 }),
      versionWith({ windows: 2 }),
    ];
    assert.equal(new Set(versions).size, versions.length);
  });

  it('is the same whatever else happens', () => {
    assert.equal(versionWith({ inFlight: 3, checkTokens: 9 }), versionWith({}));
  });

  it('is none without a proxy that tells', () => {
    assert.equal(queueVersionOf(modelValue([], null)), null);
    assert.equal(queueVersionOf(modelValue([], {}, { kind: 'otherStore', port: 1 })), null);
  });
});

describe('what is drawn again of the queue', () => {
  const [a, b] = [item('a'), item('b')];

  it('is nothing while nothing changes', () => {
    assert.deepEqual(changedItems([a, b], [item('a'), item('b')]), []);
  });

  it('is the requests that changed', () => {
    assert.deepEqual(changedItems([a, b], [a, item('b', { tries: 1 })]), ['b']);
  });

  it('is all when one comes, goes or takes the place of another', () => {
    for (const after of [[a], [b, a], [a, item('c')], [a, b, item('c')]]) {
      assert.equal(changedItems([a, b], after), 'all');
    }
  });
});
