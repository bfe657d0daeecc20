import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PriorityLevel } from '../../src/core/configuration.ts';
import { dropEffect } from '../../src/extension/views/endpointTree/dropEffect.ts';
import { endpoint, modelValue, profile } from './modelValue.ts';

const { configuration } = modelValue([
  profile('p', [endpoint('a'), endpoint('b'), endpoint('c')], { priority: 'primary' }),
  profile('q', [endpoint('x', { priority: 2 }), endpoint('y')], { strategy: 'priority' }),
]);

const anEndpoint = (id: string) => ({ kind: 'endpoint', id }) as const;
const aProfile = (id: string) => ({ kind: 'profile', id }) as const;
const aLevel = (level: PriorityLevel | null) => ({ kind: 'level', level }) as const;

describe('an endpoint that is dropped', () => {
  const destination = (id: string, onto: Parameters<typeof dropEffect>[2]) => {
    const effect = dropEffect(configuration, anEndpoint(id), onto);
    return effect?.kind === 'moveEndpoint' ? effect.destination : effect;
  };

  it('takes the place of the one that it is dropped on, from below and from above', () => {
    assert.deepEqual(destination('c', anEndpoint('a')), { profileId: 'p', before: 'a' });
    assert.deepEqual(destination('a', anEndpoint('b')), { profileId: 'p', before: 'c' });
    assert.deepEqual(destination('a', anEndpoint('c')), { profileId: 'p', before: null });
  });

  it('does so in the order that is shown', () => {
    assert.deepEqual(destination('y', anEndpoint('x')), { profileId: 'q', before: null });
    assert.deepEqual(destination('x', anEndpoint('y')), { profileId: 'q', before: 'y' });
  });

  it('comes to another profile before the one that it is dropped on, or last', () => {
    assert.deepEqual(destination('a', anEndpoint('y')), { profileId: 'q', before: 'y' });
    assert.deepEqual(destination('a', aProfile('q')), { profileId: 'q', before: null });
  });

  it('stays where it is when dropped on itself, a level, the empty part, or what is gone', () => {
    const places = [anEndpoint('a'), aLevel('primary'), aLevel(null), undefined, anEndpoint('gone')];
    for (const place of places) assert.equal(destination('a', place), undefined);
    assert.equal(destination('gone', anEndpoint('a')), undefined);
  });
});

describe('a profile that is dropped', () => {
  const level = (id: string, onto: Parameters<typeof dropEffect>[2]) => {
    const effect = dropEffect(configuration, aProfile(id), onto);
    return effect?.kind === 'setLevel' ? effect.level : effect;
  };

  it('takes the level, or that of the profile or endpoint that it is dropped on', () => {
    assert.equal(level('q', aLevel('fallback')), 'fallback');
    assert.equal(level('q', aProfile('p')), 'primary');
    assert.equal(level('q', anEndpoint('b')), 'primary');
  });

  it('loses its level among those without one, and in the empty part of the view', () => {
    for (const place of [aLevel(null), aProfile('q'), undefined]) assert.equal(level('p', place), null);
  });

  it('changes nothing where it is already, or where there is nothing', () => {
    assert.equal(level('p', aLevel('primary')), undefined);
    assert.equal(level('q', undefined), undefined);
    assert.equal(level('q', aProfile('gone')), undefined);
    assert.equal(level('gone', aLevel('primary')), undefined);
  });
});
