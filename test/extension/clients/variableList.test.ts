import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  variablesIn,
  withoutVariables,
  withRenewed,
  withVariables,
} from '../../../src/extension/clients/variableList.ts';

const ours = [
  { name: 'URL', value: 'http://127.0.0.1:1' },
  { name: 'TOKEN', value: 'local' },
];
const theirs = [{ name: 'URL', value: 'https://relay.example' }, { name: 'OTHER', value: 'x' }, 'odd', null];

describe('variables in a setting of the editor', () => {
  it('replace those of the same name and leave the others, odd ones too', () => {
    assert.deepEqual(withVariables(theirs, ours), [{ name: 'OTHER', value: 'x' }, 'odd', null, ...ours]);
  });

  it('are brought up to date where nobody has changed them', () => {
    const wanted = [{ name: 'URL', value: 'http://127.0.0.1:2' }, ours[1]].filter(
      (each) => each !== undefined,
    );
    const changed = [{ name: 'URL', value: 'mine' }, ours[1], 'odd'];
    assert.deepEqual(withRenewed(ours, ours, wanted), wanted);
    assert.deepEqual(withRenewed(changed, ours, wanted), changed);
  });

  it('give way again to what was there before, unless somebody has changed them', () => {
    const set = withVariables(theirs, ours);
    assert.deepEqual(withoutVariables(set, ours, theirs), [
      { name: 'OTHER', value: 'x' },
      'odd',
      null,
      { name: 'URL', value: 'https://relay.example' },
    ]);
    const changed = [{ name: 'URL', value: 'mine' }, ours[1]];
    assert.deepEqual(withoutVariables(changed, ours, theirs), [{ name: 'URL', value: 'mine' }]);
  });

  it('are read from whatever a settings file holds', () => {
    assert.deepEqual(variablesIn([...ours, { name: 1, value: 'x' }, { name: 'N' }, 7, null]), ours);
    assert.deepEqual(variablesIn({ URL: 'x' }), []);
  });
});
