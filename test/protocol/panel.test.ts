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
