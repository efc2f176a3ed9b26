import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { editDistance, nearestName } from './key-names.ts';

test('counts inserted, deleted, replaced and swapped letters', () => {
  assert.equal(editDistance('PublicKey', 'PublicKey'), 0);
  assert.equal(editDistance('PublicKy', 'PublicKey'), 1);
  assert.equal(editDistance('PublicKeyy', 'PublicKey'), 1);
  assert.equal(editDistance('PoblicKey', 'PublicKey'), 1);
  assert.equal(editDistance('PubilcKey', 'PublicKey'), 1);
  assert.equal(editDistance('', 'abc'), 3);
});

test('is symmetric and never more than the longer word', () => {
  const word = fc.string({ maxLength: 12 });
  fc.assert(
    fc.property(word, word, (a, b) => {
      const distance = editDistance(a, b);
      assert.equal(distance, editDistance(b, a));
      assert.ok(distance <= Math.max(a.length, b.length) && distance >= Math.abs(a.length - b.length));
    }),
  );
});

test('letter case is free, and far words are not suggested', () => {
  assert.equal(nearestName('publickeys', ['PrivateKey', 'PublicKey']), 'PublicKey');
  assert.equal(nearestName('frobnicate', ['PrivateKey', 'PublicKey', 'MTU']), undefined);
  assert.equal(nearestName('x'.repeat(100_000), ['PublicKey']), undefined);
});
