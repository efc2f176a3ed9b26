/**
 * TAI64N: the timestamp inside an initiation (paper 5.1), by which a responder tells a new
 * initiation from a replayed one. Format: https://cr.yp.to/libtai/tai64.html.
 *
 *     0  8  seconds, big endian: 2^62 + 10 + seconds since the Unix epoch
 *     8  4  nanoseconds, big endian
 */
import { writeUint32BigEndian } from './bytes.ts';
import { TIMESTAMP_BYTES } from './constants.ts';
import type { WallTime } from './time.ts';
import { SECOND } from './time.ts';

/** Upper half of 2^62. */
const EPOCH_HIGH = 0x4000_0000;

/** TAI was ten seconds ahead of UTC at the Unix epoch; leap seconds since then are left out. */
const EPOCH_LOW = 10;

const NANOSECONDS_PER_MILLISECOND = 1_000_000;

/**
 * Blurs the time to 2^24 ns, about 16.8 ms: precise clocks reveal who talks to whom, and the time
 * that a cryptographic operation took.
 */
const WHITENING_MASK = ~0xff_ffff;

/** 12 bytes for a wall time that is not before the Unix epoch. */
export function encode(wall: WallTime): Uint8Array {
  const stamp = new Uint8Array(TIMESTAMP_BYTES);
  const unixSeconds = Math.floor(wall / SECOND);
  const nanoseconds = Math.floor((wall - unixSeconds * SECOND) * NANOSECONDS_PER_MILLISECOND);
  const seconds = unixSeconds + EPOCH_LOW;
  writeUint32BigEndian(stamp, 0, EPOCH_HIGH + Math.floor(seconds / 0x1_0000_0000));
  writeUint32BigEndian(stamp, 4, seconds % 0x1_0000_0000);
  writeUint32BigEndian(stamp, 8, nanoseconds & WHITENING_MASK);
  return stamp;
}

/** Whether stamp `a` is later than stamp `b`; equal stamps are not. Big endian, so the first difference decides. */
export function isAfter(a: Uint8Array, b: Uint8Array): boolean {
  for (let i = 0; i < TIMESTAMP_BYTES; i++) {
    if (a[i] !== b[i]) return a[i] > b[i];
  }
  return false;
}
