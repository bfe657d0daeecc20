import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { KnownNames } from '../../src/extension/views/panel/knownNames.ts';
import { endpoint, profile } from './modelValue.ts';

const names = new KnownNames(
  {
    profiles: [
      profile('p', [endpoint('a', { name: 'relay' }), endpoint('b', { name: 'official' })], { name: 'work' }),
      profile('q', [endpoint('c', { name: 'relay' })], { name: 'home' }),
    ],
  },
  { ofProfile: (name, of) => `${name} of ${of}`, removed: (id) => `removed ${id}` },
);

describe('the names of what is known by id', () => {
  it('are those that the user gave', () => {
    assert.equal(names.endpoint('b'), 'official');
    assert.equal(names.profile('q'), 'home');
  });

  it('say of which profile an endpoint is whose name another one has too', () => {
    assert.deepEqual([names.endpoint('a'), names.endpoint('c')], ['relay of work', 'relay of home']);
  });

  it('tell removed endpoints apart', () => {
    assert.equal(names.endpoint('0123456789abcdef'), 'removed 01234567');
    assert.equal(names.profile('gone'), undefined);
  });
});
