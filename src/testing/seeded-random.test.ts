import assert from 'node:assert/strict';
import { test } from 'node:test';
import { below } from '../protocol/random.ts';
import { SeededRandom } from './seeded-random.ts';

test('the same seed gives the same values, another seed others', () => {
  const draw = (seed: number) => new SeededRandom(seed).fill(new Uint8Array(33));
  assert.deepEqual(draw(5), draw(5));
  assert.notDeepEqual(draw(5), draw(6));
});

test('values are unsigned, and each bit is set about half of the time', () => {
  const random = new SeededRandom(0);
  const set = new Array<number>(32).fill(0);
  for (let i = 0; i < 20_000; i++) {
    const value = random.uint32();
    assert.ok(value >= 0 && value <= 0xffff_ffff && Number.isInteger(value));
    for (let bit = 0; bit < 32; bit++) set[bit] = set[bit] + ((value >>> bit) & 1);
  }
  for (const count of set) assert.ok(Math.abs(count - 10_000) < 400);
});

test('below is uniform over its range', () => {
  const random = new SeededRandom(3);
  const counts = new Array<number>(10).fill(0);
  for (let i = 0; i < 20_000; i++) {
    const value = below(random, 10);
    counts[value] = counts[value] + 1;
  }
  for (const count of counts) assert.ok(Math.abs(count - 2000) < 300);
});

test('a fork is a stream of its own', () => {
  const random = new SeededRandom(1);
  assert.notEqual(random.fork().uint32(), random.fork().uint32());
});
