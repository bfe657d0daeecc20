import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseMessageFromPanel } from '../../src/protocol/panel.ts';

test('the page may ask for listed commands only', () => {
  assert.deepEqual(parseMessageFromPanel({ type: 'command', command: 'copyAddress' }), {
    type: 'command',
    command: 'copyAddress',
  });
  for (const message of [
    undefined,
    null,
    'ready',
    {},
    { type: 'command' },
    { type: 'command', command: 'workbench.action.terminal.new' },
    { type: 'command', command: 'constructor' },
    { type: 'render' },
  ])
    assert.equal(parseMessageFromPanel(message), undefined);
});

test('drops what the page adds to a message', () => {
  assert.deepEqual(parseMessageFromPanel({ type: 'ready', more: 1 }), { type: 'ready' });
});

test('the page may ask of the past within bounds only', () => {
  const showHistory = { type: 'showHistory', query: 1, range: '7d', endpointId: null };
  const filter = { text: 'opus', outcome: 'failed', endpointId: null };
  const showRequests = { type: 'showRequests', query: 2, filter, limit: 500 };
  const explain = { type: 'explain', requestId: 'req_1' };
  const exported = { type: 'export', table: 'series', format: 'csv' };
  for (const message of [showHistory, showRequests, explain, exported]) {
    assert.deepEqual(parseMessageFromPanel(message), message);
  }
  for (const message of [
    { ...showHistory, range: '10y' },
    { ...showHistory, query: -1 },
    { ...showHistory, endpointId: '' },
    { ...showHistory, endpointId: 'x'.repeat(65) },
    { ...showRequests, limit: 501 },
    { ...showRequests, limit: 0.5 },
    { ...showRequests, filter: { ...filter, text: 'x'.repeat(129) } },
    { ...showRequests, filter: { ...filter, outcome: 'any' } },
    { ...explain, requestId: '' },
    { ...exported, table: 'secrets' },
    { ...exported, format: 'html' },
    { ...exported, file: undefined, table: ['series'] },
  ])
    assert.equal(parseMessageFromPanel(message), undefined);
});
