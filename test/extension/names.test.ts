import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { suggestEndpointName } from '../../src/extension/endpointName.ts';
import { plainLabel } from '../../src/extension/plainLabel.ts';

describe('suggested name of an endpoint', () => {
  it('is the host', () => {
    assert.equal(suggestEndpointName('https://relay.example/claude', []), 'relay.example');
  });

  it('keeps the port apart from others on the same host', () => {
    assert.equal(suggestEndpointName('http://127.0.0.1:9000', []), '127.0.0.1:9000');
  });

  it('is numbered when a sibling has it, in whatever case', () => {
    const taken = ['Relay.example', 'relay.example 2'];
    assert.equal(suggestEndpointName('https://relay.example', taken), 'relay.example 3');
  });

  it('fits the limit, number included', () => {
    const host = `${'a'.repeat(60)}.example`;
    const first = suggestEndpointName(`https://${host}`, []);
    assert.equal(first.length, 64);
    const second = suggestEndpointName(`https://${host}`, [first]);
    assert.equal(second.length, 64);
    assert.match(second, / 2$/);
  });
});

describe('plain label', () => {
  it('shows what looks like an icon as it was typed', () => {
    assert.equal(plainLabel('$(bug) relay $(sync~spin)'), '\\$(bug) relay \\$(sync~spin)');
  });

  it('leaves everything else alone', () => {
    for (const text of ['relay', 'costs $(5', '$( )', '\\$(bug)']) assert.equal(plainLabel(text), text);
  });
});
