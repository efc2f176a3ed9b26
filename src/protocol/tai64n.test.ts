import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { toHex } from './bytes.ts';
import { encode, isAfter } from './tai64n.ts';
import type { WallTime } from './time.ts';

const wall = (milliseconds: number): WallTime => milliseconds as WallTime;

/** One step of the whitened clock. */
const GRANULE_MS = 2 ** 24 / 1e6;

test('a stamp is 2^62 + 10 + Unix seconds, then nanoseconds with the low 24 bits clear', () => {
  assert.equal(toHex(encode(wall(0))), '400000000000000a00000000');
  assert.equal(toHex(encode(wall(1_700_000_000_235))), '400000006553f10a0e000000');
  assert.equal(toHex(encode(wall(999.9))), '400000000000000a3b000000');
});

test('seconds beyond 32 bits carry into the upper half', () => {
  assert.equal(toHex(encode(wall((2 ** 32 - 10) * 1000))), '400000010000000000000000');
  assert.equal(toHex(encode(wall((2 ** 32 - 11) * 1000))), '40000000ffffffff00000000');
});

test('stamps less than a granule apart may be equal, and 20 ms apart never are', () => {
  const start = 123.456789;
  const first = encode(wall(start));
  for (const apart of [10e-6, 10e-3, 1, 10]) {
    assert.equal(isAfter(encode(wall(start + apart)), first), false, `${apart} ms`);
  }
  assert.equal(isAfter(encode(wall(start + 20)), first), true);
});

test('order of stamps is order of time', () => {
  const time = fc.double({ min: 0, max: 8.64e15, noNaN: true });
  fc.assert(
    fc.property(time, time, (a, b) => {
      const later = isAfter(encode(wall(a)), encode(wall(b)));
      // A second is no multiple of the granule, so its last granule is a short one: never more than one apart.
      if (later) assert.ok(a > b);
      else assert.ok(a - b <= GRANULE_MS);
    }),
  );
});

test('a stamp is not after itself', () => {
  const stamp = encode(wall(1_700_000_000_000));
  assert.equal(isAfter(stamp, stamp), false);
});
