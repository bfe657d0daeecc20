import assert from 'node:assert/strict';
import { it } from 'node:test';
import { plainMessage } from '../../src/extension/plainMessage.ts';

/** What VS Code takes for a link in a notification (`vs/base/common/linkedText`). */
const link = /\[([^\]]+)\]\(((?:https?:\/\/|command:|file:)[^)\s]+)\)/;

it('a name in a notification is no link, and looks as it was typed', () => {
  for (const name of ['[a](command:workbench.action.closeWindow)', 'x [b](https://evil.example) y']) {
    assert.match(name, link);
    assert.doesNotMatch(plainMessage(name), link);
    assert.equal(plainMessage(name).replaceAll('\u200b', ''), name);
  }
  assert.equal(plainMessage('relay (a) [b]'), 'relay (a) [b]');
});
