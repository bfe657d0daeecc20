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
      [settings.healthEnabled]: false,
      [settings.healthInterval]: 30,
      [settings.healthModel]: 'claude-haiku-5-5',
      [settings.healthMinSamples]: 10,
      [settings.dynamicWeights]: false,
      [settings.queueMaxItems]: 0,
      [settings.queueKeepBodies]: false,
      [settings.queueStrategy]: 'fixed',
      [settings.queueMaxRetries]: 1,
      [settings.retentionDays]: 90,
      [settings.prices]: { 'claude-x': { input: 1, output: 2, cacheRead: 0 } },
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
      health: {
        enabled: false,
        intervalSeconds: 30,
        model: 'claude-haiku-5-5',
        minSamples: 10,
        dynamicWeights: false,
      },
      queue: { maxItems: 0, keepBodies: false, strategy: 'fixed', maxRetries: 1 },
      history: { retentionDays: 90 },
      usage: { prices: { 'claude-x': { input: 1, output: 2, cacheRead: 0 } } },
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
    assert.equal(parsed({ [settings.healthModel]: 'x'.repeat(129) }).health.model, '');
    assert.equal(parsed({ [settings.queueStrategy]: 'never' }).queue.strategy, 'exponential');
    for (const prices of [null, 'free', [1], 7]) {
      assert.deepEqual(parsed({ [settings.prices]: prices }).usage.prices, {});
    }
  });

  it('keep the prices that are right beside those that are wrong', () => {
    const right = { input: 3, output: 15 };
    const wrong = {
      a: { input: 1 },
      b: { input: -1, output: 1 },
      c: { input: '1', output: 1 },
      d: null,
      e: [],
    };
    const { prices } = parsed({ [settings.prices]: { ...wrong, right } }).usage;
    assert.deepEqual(prices, { right });
  });
});
