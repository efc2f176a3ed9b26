import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { SeededRandom } from '../../testing/seeded-random.ts';
import { contains, formatHeaderRange, overlap, parseHeaderRange, pick } from './header-range.ts';

const FULL = { low: 0, high: 0xffff_ffff };

const ranges = fc
  .tuple(fc.nat(0xffff_ffff), fc.nat(0xffff_ffff))
  .map(([a, b]) => ({ low: Math.min(a, b), high: Math.max(a, b) }));

describe('header range text', () => {
  it('reads single values and ranges of all 32 bits', () => {
    assert.deepEqual(parseHeaderRange('0'), { low: 0, high: 0 });
    assert.deepEqual(parseHeaderRange('4294967295'), { low: 0xffff_ffff, high: 0xffff_ffff });
    assert.deepEqual(parseHeaderRange('0-4294967295'), FULL);
    assert.deepEqual(parseHeaderRange('123456-123500'), { low: 123456, high: 123500 });
  });

  it('refuses everything else and quotes it', () => {
    const texts = [
      '',
      '-',
      '1-',
      '-1',
      '1-2-3',
      '1 - 2',
      '0x10',
      '1.5',
      'off',
      '4294967296',
      '1-4294967296',
      '10-9',
      '1e3',
    ];
    for (const text of texts) {
      assert.throws(() => parseHeaderRange(text, 'H2'), {
        name: 'ObfuscationError',
        code: 'bad-header-range',
        key: 'H2',
        text,
        message: new RegExp(`^H2 = ${JSON.stringify(text)}: `),
      });
    }
  });

  it('survives a round trip', () => {
    fc.assert(fc.property(ranges, (range) => assert.deepEqual(parseHeaderRange(formatHeaderRange(range)), range)));
  });
});

describe('header range', () => {
  it('picks only what it contains, both ends included', () => {
    const random = new SeededRandom(1);
    fc.assert(fc.property(ranges, (range) => contains(range, pick(range, random))));
    const seen = new Set(Array.from({ length: 200 }, () => pick({ low: 7, high: 9 }, random)));
    assert.deepEqual(
      [...seen].sort((a, b) => a - b),
      [7, 8, 9],
    );
  });

  it('picks from the full range without overflow', () => {
    const random = new SeededRandom(2);
    const picks = Array.from({ length: 400 }, () => pick(FULL, random));
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
});
