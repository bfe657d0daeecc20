import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { defaultSettings, parseSettings, settings } from '../../src/extension/contributions.ts';

const parsed = (values: Record<string, unknown>) => parseSettings((id) => values[id]);

describe('settings', () => {
  it('are the defaults when nothing is set', () => {
    assert.deepEqual(parsed({}), defaultSettings);
  });

  it('are what is set', () => {
    const values = {
      [settings.port]: 9000,
      [settings.autoStart]: false,
      [settings.requireToken]: false,
      [settings.stateFolder]: ' /var/qcc ',
      [settings.injectTerminals]: false,
      [settings.maxAttempts]: 2,
      [settings.breakerThreshold]: 5,
      [settings.breakerSeconds]: 30,
      [settings.affinityHours]: 0,
      [settings.patienceSeconds]: 10,
      [settings.rescueTurns]: false,
    };
    assert.deepEqual(parsed(values), {
      port: 9000,
      autoStart: false,
      requireToken: false,
      stateFolder: '/var/qcc',
      injectTerminals: false,
      routing: {
        maxAttempts: 2,
        breakerThreshold: 5,
        breakerSeconds: 30,
        affinityHours: 0,
        patienceSeconds: 10,
        rescueTurns: false,
      },
    });
  });

  it('ignore values that cannot be used', () => {
    for (const port of [80, 65_536, 7860.5, '7860', null, Number.NaN]) {
      assert.equal(parsed({ [settings.port]: port }).port, defaultSettings.port);
    }
    assert.equal(parsed({ [settings.requireToken]: 'false' }).requireToken, true);
    for (const folder of ['', 'relative/folder', 7, null]) {
      assert.equal(parsed({ [settings.stateFolder]: folder }).stateFolder, undefined);
    }
    for (const attempts of [0, 101, 1.5, '4', null]) {
      assert.equal(parsed({ [settings.maxAttempts]: attempts }).routing.maxAttempts, 4);
    }
    assert.equal(parsed({ [settings.rescueTurns]: 'off' }).routing.rescueTurns, true);
  });
});
