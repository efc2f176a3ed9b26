import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { SeededRandom } from '../testing/seeded-random.ts';
import { below } from './random.ts';
import { contains, draw, exactly, formatRange, overlap } from './range.ts';

const FULL = { low: 0, high: 0xffff_ffff };

const ranges = fc
  .tuple(fc.nat(0xffff_ffff), fc.nat(0xffff_ffff))
  .map(([a, b]) => ({ low: Math.min(a, b), high: Math.max(a, b) }));

describe('range', () => {
  it('picks only what it contains, both ends included', () => {
    const random = new SeededRandom(1);
    fc.assert(fc.property(ranges, (range) => contains(range, draw(range, random))));
    const seen = new Set(Array.from({ length: 200 }, () => draw({ low: 7, high: 9 }, random)));
    assert.deepEqual(
      [...seen].sort((a, b) => a - b),
      [7, 8, 9],
    );
  });

  it('picks from the full range without overflow', () => {
    const random = new SeededRandom(2);
    const picks = Array.from({ length: 400 }, () => draw(FULL, random));
    assert.ok(picks.some((value) => value > 0xf000_0000) && picks.some((value) => value < 0x1000_0000));
    assert.ok(picks.every((value) => contains(FULL, value)));
  });

  it('overlaps another exactly when a value is in both', () => {
    const small = fc.tuple(fc.nat(8), fc.nat(8)).map(([a, b]) => ({ low: Math.min(a, b), high: Math.max(a, b) }));
    const values = Array.from({ length: 9 }, (_, value) => value);
    fc.assert(
      fc.property(small, small, (a, b) => {
        assert.equal(
          overlap(a, b),
          values.some((value) => contains(a, value) && contains(b, value)),
        );
      }),
    );
  });

  it('draws nothing where there is no choice', () => {
    const random = { fill: () => assert.fail('drew'), uint32: () => assert.fail('drew') };
    assert.equal(draw(exactly(7), random), 7);
  });

  it('draws from ranges wider than 32 bits, over their whole width', () => {
    const random = new SeededRandom(3);
    const range = { low: 5_000, high: 4_294_967_295_000 };
    const drawn = Array.from({ length: 2_000 }, () => draw(range, random));
    assert.ok(drawn.every((value) => Number.isInteger(value) && contains(range, value)));
    const quarters = new Set(drawn.map((value) => Math.floor((4 * value) / range.high)));
    assert.deepEqual(quarters, new Set([0, 1, 2, 3]));
  });

  it('is written as one number where it holds one', () => {
    assert.deepEqual([exactly(7), { low: 7, high: 8 }, FULL].map(formatRange), ['7', '7-8', '0-4294967295']);
  });
});

describe('below', () => {
  it('throws draws away that would favour small numbers', () => {
    const draws = [0xffff_ffff, 0xffff_fffe, 8];
    const random = { fill: () => assert.fail(), uint32: () => draws.shift() ?? assert.fail('drew too often') };
    // 2^32 - 2 is the greatest multiple of the bound: the first two draws are beyond it.
    assert.equal(below(random, 0x7fff_ffff), 8);
  });

  it('reaches the ends of 53 bits', () => {
    const constant = (value: number) => ({ fill: () => assert.fail(), uint32: () => value });
    assert.equal(below(constant(0xffff_ffff), 2 ** 53), 2 ** 53 - 1);
    assert.equal(below(constant(0), 2 ** 53), 0);
  });
});
