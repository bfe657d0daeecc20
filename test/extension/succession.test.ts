import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Succession } from '../../src/extension/proxyLink/succession.ts';

const proxy = (version: string, pid = 1) => ({ protocol: 1, version, pid, port: 7860 });

describe('which proxy makes way', () => {
  it('is an older one, never an equal or a newer one', () => {
    const succession = new Succession('1.10.0');
    assert.equal(succession.isDue(proxy('1.9.9')), true);
    assert.equal(succession.isDue(proxy('1.10.0')), false);
    assert.equal(succession.isDue(proxy('1.10.1')), false);
  });

  it('is none that has not done so, until it cannot be used either', () => {
    const succession = new Succession('1.10.0');
    succession.failed(proxy('1.9.9'));
    assert.equal(succession.isDue(proxy('1.9.9')), false);
    assert.equal(succession.isOlder(proxy('1.9.9')), true);
    assert.equal(succession.isDue(proxy('1.9.9', 2)), true);
    succession.tryAgain();
    assert.equal(succession.isDue(proxy('1.9.9')), true);
  });
});

describe('a successor', () => {
  it('is waited for three seconds from when it was announced', () => {
    const succession = new Succession('1.0.0');
    assert.equal(succession.isExpected(0), false);
    succession.announced(100);
    assert.equal(succession.isExpected(3_099), true);
    assert.equal(succession.isExpected(3_100), false);
  });
});
