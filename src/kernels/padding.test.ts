import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Padding } from './padding.ts';
import { longestPadding, paddingFor } from './padding.ts';

const MULTIPLE: Padding = { kind: 'multiple' };
const WINDOW: Padding = { kind: 'window' };
const content = (low: number, high: number): Padding => ({ kind: 'content', low, high });

const MOST = 0xffff_ffff;
const u32 = fc.oneof(fc.constantFrom(0, 1, MOST - 1, MOST), fc.integer({ min: 0, max: MOST }));
const size = fc.integer({ min: 0, max: 70_000 });
const mtu = fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 9000 }));
const room = fc.integer({ min: -200, max: 65_535 });
const range = fc.tuple(u32, u32).map(([a, b]) => content(Math.min(a, b), Math.max(a, b)));
const anyPadding = fc.oneof(
  fc.constant(MULTIPLE),
  fc.constant(WINDOW),
  range,
  fc.tuple(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 300 })).map(([a, b]) => content(a, a + b)),
);

/** floor(random * width / 2^32) */
const scaled = (random: number, width: number): number => Number((BigInt(random) * BigInt(width)) >> 32n);

/** Protocol facts 3.5, word for word. */
function slowPadding(padding: Padding, p: number, limit: number, most: number, random: number): number {
  const lastUnit = limit > 0 && p > limit ? p % limit : p;
  if (padding.kind === 'window') return most < p ? 0 : scaled(random, most - p);
  if (padding.kind === 'content') {
    let bytes = padding.low + scaled(random, padding.high - padding.low + 1);
    if (limit > 0 && bytes > limit - lastUnit) bytes = limit - lastUnit;
    return Math.min(bytes, most < p ? 0 : most - p);
  }
  const padded = 16 * Math.ceil(lastUnit / 16);
  return (limit > 0 && padded > limit ? limit : padded) - lastUnit;
}

describe('padding', () => {
  it('agrees with the slow rules', () => {
    fc.assert(
      fc.property(anyPadding, size, mtu, room, u32, (padding, bytes, limit, most, random) => {
        const expected = slowPadding(padding, bytes, limit, most, random);
        assert.equal(paddingFor(padding, bytes, limit, most, random), expected);
      }),
      { numRuns: 5000 },
    );
  });

  it('is never longer than its bound', () => {
    fc.assert(
      fc.property(anyPadding, size, mtu, room, u32, (padding, bytes, limit, most, random) => {
        const got = paddingFor(padding, bytes, limit, most, random);
        assert.ok(got >= 0 && got <= longestPadding(padding, limit, most));
      }),
      { numRuns: 2000 },
    );
  });

  it('fills up to a multiple of 16', () => {
    const cases: [number, number, number][] = [
      [0, 1420, 0],
      [1, 1420, 15],
      [1409, 1420, 11],
      [1421, 1420, 15],
      [9, 0, 7],
    ];
    for (const [bytes, limit, expected] of cases) assert.equal(paddingFor(MULTIPLE, bytes, limit, -32, MOST), expected);
  });

  it('picks every value of the content range, both ends included', () => {
    const quarter = 0x4000_0000;
    const picks = [0, quarter - 1, quarter, 2 * quarter, 3 * quarter, MOST];
    const got = picks.map((random) => paddingFor(content(10, 13), 100, 1420, 1400, random));
    assert.deepEqual(got, [10, 10, 11, 12, 13, 13]);
  });

  it('clamps content padding by MTU and window, without an MTU by the window alone', () => {
    assert.equal(paddingFor(content(500, 500), 1000, 1420, 65_000, 0), 420);
    assert.equal(paddingFor(content(500, 500), 1000, 1420, 1300, 0), 300);
    assert.equal(paddingFor(content(500, 500), 1000, 1420, 999, 0), 0);
    assert.equal(paddingFor(content(500, 500), 1520, 1420, 65_000, 0), 500);
    assert.equal(paddingFor(content(500, 500), 2800, 1420, 65_000, 0), 40);
    assert.equal(paddingFor(content(5000, 5000), 1000, 0, 65_000, 0), 5000);
  });

  it('pads a keepalive to content as to any packet', () => {
    assert.equal(paddingFor(content(7, 7), 0, 1420, 456, MOST), 7);
    assert.equal(paddingFor(WINDOW, 0, 1420, 456, MOST), 455);
  });

  it('stays below the window, and adds nothing where the packet fills it', () => {
    assert.equal(paddingFor(WINDOW, 100, 1420, 456, MOST), 355);
    assert.equal(paddingFor(WINDOW, 100, 1420, 456, 0), 0);
    assert.equal(paddingFor(WINDOW, 456, 1420, 456, MOST), 0);
    assert.equal(paddingFor(WINDOW, 457, 1420, 456, MOST), 0);
    assert.equal(paddingFor(WINDOW, 0, 1420, -12, MOST), 0);
  });

  it('covers the full range of 32 bits without overflow', () => {
    assert.equal(paddingFor(content(0, MOST), 0, 0, 0x7fff_ffff, 0x4000_0001), 0x4000_0001);
  });
});
