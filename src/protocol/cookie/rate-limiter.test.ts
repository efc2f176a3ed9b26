import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { toHex } from '../bytes.ts';
import { RATE_LIMITER_MAX_SOURCES } from '../constants.ts';
import type { Instant } from '../time.ts';
import { RateLimiter } from './rate-limiter.ts';

const at = (milliseconds: number): Instant => milliseconds as Instant;
const v4 = (...address: number[]): Uint8Array => Uint8Array.from(address);
const v6 = (network: number, host: number): Uint8Array => {
  const address = new Uint8Array(16);
  const view = new DataView(address.buffer);
  view.setUint32(0, 0x2001_0db8);
  view.setUint32(4, network);
  view.setUint32(12, host);
  return address;
};

/** The n-th of as many IPv4 addresses as needed. */
const source = (n: number): Uint8Array => v4(10, n >> 16, n >> 8, n);

test('five at once, then one for each 50 ms, separately for each address', () => {
  const limiter = new RateLimiter();
  const addresses = [
    v4(127, 0, 0, 1),
    v4(192, 168, 1, 1),
    v4(172, 167, 2, 3),
    v4(97, 231, 252, 215),
    v4(248, 97, 91, 167),
    v4(188, 208, 233, 47),
    v4(104, 2, 183, 179),
    v4(72, 129, 46, 120),
    v6(0, 1),
    v6(0x0506_0000, 1),
    v6(0x78ca_0000, 1),
    v6(0x37, 1),
    v6(0x9090_0000, 1),
    v6(0xffff_ffff, 1),
  ];
  const steps: readonly (readonly [number, readonly boolean[]])[] = [
    [0, [true, true, true, true, true, false]],
    [50, [true, false]],
    [150, [true, true, false]],
  ];
  for (const [milliseconds, expected] of steps) {
    for (const address of addresses) {
      const allowed = expected.map(() => limiter.allow(address, at(1_000 + milliseconds)));
      assert.deepEqual(allowed, expected, `${toHex(address)} after ${milliseconds} ms`);
    }
  }
});

test('a refused message costs nothing: the source recovers at the same pace', () => {
  const limiter = new RateLimiter();
  const address = v4(1, 2, 3, 4);
  for (let i = 0; i < 5; i++) limiter.allow(address, at(0));
  for (let i = 0; i < 100; i++) assert.equal(limiter.allow(address, at(49)), false);
  assert.equal(limiter.allow(address, at(50)), true);
});

test('all addresses of an IPv6 /64 are one source, the next /64 is another', () => {
  const limiter = new RateLimiter();
  for (let host = 0; host < 5; host++) assert.equal(limiter.allow(v6(1, host), at(0)), true);
  assert.equal(limiter.allow(v6(1, 99), at(0)), false);
  assert.equal(limiter.allow(v6(2, 99), at(0)), true);
});

test('no window of any length lets more than 5 + 20 a second through', () => {
  const gaps = fc.array(fc.integer({ min: 0, max: 120 }), { minLength: 1, maxLength: 200 });
  fc.assert(
    fc.property(gaps, (delays) => {
      const limiter = new RateLimiter();
      const passed: number[] = [];
      let time = 0;
      for (const delay of delays) {
        time += delay;
        if (limiter.allow(v4(9, 9, 9, 9), at(time))) passed.push(time);
      }
      for (let first = 0; first < passed.length; first++) {
        for (let last = first; last < passed.length; last++) {
          assert.ok(last - first + 1 <= 5 + (passed[last] - passed[first]) / 50);
        }
      }
    }),
  );
});

test('sources that have all their tokens back are forgotten', () => {
  const limiter = new RateLimiter();
  for (let n = 0; n < 1_000; n++) limiter.allow(source(n), at(n));
  assert.ok(limiter.size <= 51, `${limiter.size}`);
  limiter.allow(source(5_000), at(100_000));
  assert.equal(limiter.size, 1);
});

test('the table never exceeds its bound: newcomers wait, known sources go on', () => {
  const limiter = new RateLimiter();
  for (let n = 0; n < RATE_LIMITER_MAX_SOURCES; n++) assert.equal(limiter.allow(source(n), at(0)), true);
  for (let n = 0; n < 100; n++) assert.equal(limiter.allow(source(RATE_LIMITER_MAX_SOURCES + n), at(1)), false);
  assert.equal(limiter.size, RATE_LIMITER_MAX_SOURCES);
  assert.equal(limiter.allow(source(0), at(1)), true);
  assert.equal(limiter.allow(source(RATE_LIMITER_MAX_SOURCES), at(300)), true);
});

test('a clock that starts at zero or stands still does no harm', () => {
  const limiter = new RateLimiter();
  const answers = Array.from({ length: 7 }, () => limiter.allow(v4(1, 1, 1, 1), at(0)));
  assert.deepEqual(answers, [true, true, true, true, true, false, false]);
});

test('the first eight bytes of an IPv6 address are the source, each of them, and no more', () => {
  for (let index = 0; index < 16; index += 1) {
    const limiter = new RateLimiter();
    const address = new Uint8Array(16);
    for (let message = 0; message < 5; message += 1) limiter.allow(address, at(0));
    assert.equal(limiter.allow(address.with(index, 1), at(0)), index < 8, `byte ${index}`);
  }
});
