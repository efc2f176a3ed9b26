import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isAllZero, toHex } from '../protocol/bytes.ts';
import { below } from '../protocol/random.ts';
import { SystemRandom } from './system-random.ts';

/** Fetched from the system at once. */
const POOL_BYTES = 65_536;

test('fill fills every byte, also of targets larger than the pool', () => {
  const random = new SystemRandom();
  for (const length of [0, 1, 4, POOL_BYTES - 1, POOL_BYTES, POOL_BYTES + 1, 3 * POOL_BYTES + 5]) {
    const target = new Uint8Array(length);
    assert.equal(random.fill(target), target);
    for (let at = 0; at + 16 <= length; at += 16) {
      assert.equal(isAllZero(target.subarray(at, at + 16)), false, `${length} bytes, at ${at}`);
    }
  }
});

test('no 16 bytes appear twice, across refills and between instances', () => {
  const seen = new Set<string>();
  for (const random of [new SystemRandom(), new SystemRandom()]) {
    for (let i = 0; i < POOL_BYTES / 8; i++) seen.add(toHex(random.fill(new Uint8Array(16))));
  }
  assert.equal(seen.size, (2 * POOL_BYTES) / 8);
});

test('uint32 uses all bits and stays in range', () => {
  const random = new SystemRandom();
  let union = 0;
  let intersection = 0xffff_ffff;
  for (let i = 0; i < POOL_BYTES / 2; i++) {
    const value = random.uint32();
    assert.ok(Number.isInteger(value) && value >= 0 && value <= 0xffff_ffff);
    union |= value;
    intersection &= value;
  }
  assert.equal(union >>> 0, 0xffff_ffff);
  assert.equal(intersection, 0);
});

test('works with the bounded draw of the core', () => {
  const random = new SystemRandom();
  const counts = new Array<number>(6).fill(0);
  for (let i = 0; i < 6000; i++) counts[below(random, 6)] += 1;
  // Six standard deviations of a fair die, about 2e-9 to fail by chance.
  for (const count of counts) assert.ok(Math.abs(count - 1000) < 174, counts.join());
});
