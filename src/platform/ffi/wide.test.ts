import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readWide, writeWide } from './wide.ts';

test('a wide value is what a 64-bit little endian load sees', () => {
  const words = new Uint32Array(3);
  const view = new DataView(words.buffer);
  fc.assert(
    fc.property(fc.maxSafeNat(), (value) => {
      writeWide(words, 1, value);
      assert.equal(view.getBigUint64(4, true), BigInt(value));
      assert.equal(readWide(words, 1), value);
    }),
  );
});
