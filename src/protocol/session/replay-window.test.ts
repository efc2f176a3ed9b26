import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ReplayWindow } from './replay-window.ts';

/** Smallest distance that is too far behind: window + 1. */
const LIMIT = 8129n;
const REJECT = 2n ** 64n - 2n ** 13n - 1n;

function accept(window: ReplayWindow, counter: bigint): boolean {
  return window.accept(Number(counter >> 32n), Number(counter & 0xffff_ffffn));
}

function range(first: number, last: number): bigint[] {
  const step = first <= last ? 1 : -1;
  return Array.from({ length: Math.abs(last - first) + 1 }, (_, index) => BigInt(first + index * step));
}

describe('ReplayWindow, the published sequence', () => {
  const L = LIMIT;
  const R = REJECT;
  const sequence: readonly (readonly [bigint, boolean])[] = [
    [0n, true], [1n, true], [1n, false], [9n, true], [8n, true], [7n, true], [7n, false],
    [L, true], [L - 1n, true], [L - 1n, false], [L - 2n, true], [2n, true], [2n, false],
    [L + 16n, true], [3n, false], [L + 16n, false],
    [4n * L, true], [4n * L - (L - 1n), true], [10n, false], [4n * L - L, false], [4n * L - (L + 1n), false],
    [4n * L - (L - 2n), true], [4n * L + 1n - L, false], [0n, false],
    [R, false], [R - 1n, true], [R, false], [R - 1n, false], [R - 2n, true],
    [R + 1n, false], [R + 2n, false], [R - 2n, false], [R - 3n, true], [0n, false],
  ];

  it('answers each step as every implementation does', () => {
    const window = new ReplayWindow();
    for (const [step, [counter, expected]] of sequence.entries()) {
      assert.equal(accept(window, counter), expected, `step ${step}, counter ${counter}`);
    }
  });

  const bulk: readonly { readonly accepted: readonly bigint[]; readonly refused: readonly bigint[] }[] = [
    { accepted: [...range(1, 8128), 0n], refused: [0n] },
    { accepted: [...range(2, 8129), 1n], refused: [0n] },
    { accepted: range(8129, 1), refused: [] },
    { accepted: range(8130, 2), refused: [0n] },
    { accepted: [...range(8128, 1), 8129n], refused: [0n] },
    { accepted: [...range(8128, 1), 0n, 8129n], refused: [] },
  ];
  for (const [number, { accepted, refused }] of bulk.entries()) {
    it(`handles bulk run ${number + 1}`, () => {
      const window = new ReplayWindow();
      for (const counter of accepted) assert.equal(accept(window, counter), true, `${counter}`);
      for (const counter of refused) assert.equal(accept(window, counter), false, `${counter}`);
    });
  }
});

describe('ReplayWindow', () => {
  it('refuses every counter from reject-after-messages up', () => {
    for (const counter of [REJECT, REJECT + 1n, 2n ** 64n - 1n]) {
      assert.equal(accept(new ReplayWindow(), counter), false, `${counter}`);
    }
  });

  it('forgets all of the ring after a leap, however far', () => {
    for (const leap of [8192n, 2n ** 32n, 2n ** 53n + 8192n, 2n ** 63n]) {
      const window = new ReplayWindow();
      for (const counter of range(0, 8191)) accept(window, counter);
      for (let back = 0n; back <= 8128n; back += 1n) assert.equal(accept(window, 8191n + leap - back), true, `${leap} - ${back}`);
      assert.equal(accept(window, 8191n + leap - 8129n), false);
    }
  });

  it('accepts everything again after a reset', () => {
    const window = new ReplayWindow();
    assert.equal(accept(window, 70_000n), true);
    window.reset();
    assert.equal(accept(window, 0n), true);
    assert.equal(accept(window, 70_000n), true);
    assert.equal(accept(window, 70_000n), false);
  });

  it('agrees with a set of all counters seen', () => {
    const origins = fc.constantFrom(0n, 2n ** 32n - 4096n, 2n ** 53n - 4096n, 2n ** 60n);
    const offsets = fc.array(fc.oneof(fc.bigInt(0n, 64n), fc.bigInt(0n, 20_000n)), { maxLength: 300 });
    fc.assert(
      fc.property(origins, offsets, (origin, sequence) => {
        const window = new ReplayWindow();
        const seen = new Set<bigint>();
        let newest = 0n;
        for (const offset of sequence) {
          const counter = origin + offset;
          const expected = !seen.has(counter) && counter + 8128n >= newest;
          assert.equal(accept(window, counter), expected, `${counter} after ${newest}`);
          if (expected) seen.add(counter);
          if (counter > newest) newest = counter;
        }
      }),
    );
  });
});
