import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { compareVersions } from '../../src/core/versionOrder.ts';

const version = fc.tuple(fc.nat(50), fc.nat(50), fc.nat(50)).map((parts) => parts.join('.'));

describe('the order of versions', () => {
  it('goes by numbers, not by text', () => {
    assert.ok(compareVersions('0.10.0', '0.9.12') > 0);
    assert.ok(compareVersions('1.0.0', '0.99.99') > 0);
    assert.ok(compareVersions('1.2.3', '1.2.4') < 0);
  });

  it('knows no newer one of two builds of one version', () => {
    assert.equal(compareVersions('1.2.3', '1.2.3'), 0);
    assert.equal(compareVersions('1.2.3-source', '1.2.3'), 0);
  });

  it('puts what is no version before every version', () => {
    assert.ok(compareVersions('next', '0.0.0') < 0);
    assert.ok(compareVersions('', '0.0.0-source') < 0);
    assert.equal(compareVersions('', 'next'), 0);
  });

  it('is total: two are never newer than each other, and what is newer than a newer one is newer', () => {
    fc.assert(
      fc.property(version, version, version, (a, b, c) => {
        assert.equal(Math.sign(compareVersions(a, b)), -Math.sign(compareVersions(b, a)) + 0);
        if (compareVersions(a, b) > 0 && compareVersions(b, c) > 0) assert.ok(compareVersions(a, c) > 0);
      }),
    );
  });
});
