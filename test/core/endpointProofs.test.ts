import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EndpointProofs, proofMs } from '../../src/core/endpointProofs.ts';

test('nothing is checked before somebody says so', () => {
  const proofs = new EndpointProofs();
  assert.equal(proofs.isChecked('a'), false);
  proofs.isEnabled = true;
  assert.equal(proofs.isChecked('a'), true);
});

test('an endpoint that refuses checks is not checked until one gets an answer', () => {
  const proofs = new EndpointProofs();
  proofs.isEnabled = true;
  assert.equal(proofs.refused('a'), true, 'news');
  assert.equal(proofs.refused('a'), false, 'no news');
  assert.deepEqual([proofs.isChecked('a'), proofs.isChecked('b')], [false, true]);
  proofs.answered('a');
  assert.equal(proofs.isChecked('a'), true);
  proofs.refused('a');
  proofs.passed('a', 0);
  assert.equal(proofs.isChecked('a'), true);
});

test('a served request counts for ten minutes', () => {
  const proofs = new EndpointProofs();
  assert.equal(proofs.isServing('a', 0), false);
  proofs.served('a', 1_000);
  assert.equal(proofs.isServing('a', 1_000 + proofMs), true);
  assert.equal(proofs.isServing('a', 1_001 + proofMs), false);
});

test('requests and checks prove alike, each at its time', () => {
  const proofs = new EndpointProofs();
  assert.equal(proofs.isProvedSince('a', 0), false);
  proofs.served('a', 5);
  assert.deepEqual([proofs.isProvedSince('a', 5), proofs.isProvedSince('a', 6)], [true, false]);
  proofs.passed('a', 9);
  assert.deepEqual([proofs.isProvedSince('a', 9), proofs.isProvedSince('a', 10)], [true, false]);
});

test('an endpoint that is forgotten has proved nothing', () => {
  const proofs = new EndpointProofs();
  proofs.isEnabled = true;
  proofs.served('a', 5);
  proofs.passed('a', 5);
  proofs.refused('a');
  proofs.forget('a');
  assert.deepEqual(
    [proofs.isServing('a', 5), proofs.isProvedSince('a', 0), proofs.servedAt('a'), proofs.isChecked('a')],
    [false, false, undefined, true],
  );
});
