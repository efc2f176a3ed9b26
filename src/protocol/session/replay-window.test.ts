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

function expectAnswers(window: ReplayWindow, expected: boolean, counters: readonly bigint[]): void {
  for (const counter of counters) assert.equal(accept(window, counter), expected, `counter ${counter}`);
}

function range(first: number, last: number): bigint[] {
  const step = first <= last ? 1 : -1;
  return Array.from({ length: Math.abs(last - first) + 1 }, (_, index) => BigInt(first + index * step));
}

describe('ReplayWindow, the published sequence', () => {
  it('answers each step as every implementation does', () => {
    const window = new ReplayWindow();
    const fresh = (...counters: bigint[]): void => expectAnswers(window, true, counters);
    const refused = (...counters: bigint[]): void => expectAnswers(window, false, counters);
    const L = LIMIT;
    const R = REJECT;
    fresh(0n, 1n);
    refused(1n);
    fresh(9n, 8n, 7n);
    refused(7n);
    fresh(L, L - 1n);
    refused(L - 1n);
    fresh(L - 2n, 2n);
    refused(2n);
    fresh(L + 16n);
    refused(3n, L + 16n);
    fresh(4n * L, 4n * L - (L - 1n));
    refused(10n, 4n * L - L, 4n * L - (L + 1n));
    fresh(4n * L - (L - 2n));
    refused(4n * L + 1n - L, 0n, R);
    fresh(R - 1n);
    refused(R, R - 1n);
    fresh(R - 2n);
    refused(R + 1n, R + 2n, R - 2n);
    fresh(R - 3n);
    refused(0n);
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
      expectAnswers(window, true, accepted);
      expectAnswers(window, false, refused);
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
      const lags = range(0, 8128);
      expectAnswers(
        window,
        true,
        lags.map((lag) => 8191n + leap - lag),
      );
      expectAnswers(window, false, [8191n + leap - 8129n]);
    }
  });

  it('accepts each of very many in order once, also where the lower half of the counter wraps', () => {
    for (const origin of [0n, 2n ** 32n - 20_000n]) {
      const window = new ReplayWindow();
      for (let offset = 0n; offset < 40_000n; offset += 1n) {
        assert.equal(accept(window, origin + offset), true, `${origin + offset}`);
        assert.equal(accept(window, origin + offset), false, `${origin + offset} again`);
      }
      for (const lag of [1n, 31n, 32n, 33n, 8127n, 8128n]) assert.equal(accept(window, origin + 39_999n - lag), false);
    }
  });

  it('forgets exactly what it moves past, whatever bit the newest counter stands on', () => {
    for (let shift = 0n; shift < 64n; shift += 1n) {
      const window = new ReplayWindow();
      for (let counter = 0n; counter <= 9000n + shift; counter += 3n) accept(window, counter);
      const newest = 9000n + shift - ((9000n + shift) % 3n);
      accept(window, newest + 100n);
      for (let counter = newest + 99n; counter > newest; counter -= 1n) assert.equal(accept(window, counter), true);
      for (let counter = newest; counter >= newest + 100n - 8128n; counter -= 1n)
        assert.equal(accept(window, counter), counter % 3n !== 0n, `${counter} of ${newest}`);
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

describe('messages expected', () => {
  it('follow the newest counter', () => {
    const window = new ReplayWindow();
    assert.equal(window.expected, 0);
    const after = (counter: bigint): number => {
      accept(window, counter);
      return window.expected;
    };
    assert.deepEqual([0n, 0n, 5n, 3n, 2n ** 32n].map(after), [1, 1, 6, 6, 2 ** 32 + 1]);
    window.reset();
    assert.deepEqual([window.expected, after(7n)], [0, 8]);
    window.reset();
    assert.equal(after(1n), 2, 'the one before it did not come');
  });
});
