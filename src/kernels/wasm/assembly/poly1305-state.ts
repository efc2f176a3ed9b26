/**
 * Poly1305 (RFC 8439, 2.5) of the packet being authenticated, as globals: the woven loops take them
 * into locals, work, and put them back. One instance serves one thread.
 */

/** Accumulator, 32-bit limbs; the last carries 34 bits. */
export let h0: u64, h1: u64, h2: u64, h3: u64;
/** The clamped multiplier, and 5/4 of its upper limbs for the reduction modulo 2^130 - 5. */
export let r0: u64, r1: u64, r2: u64, r3: u64, s1: u64, s2: u64, s3: u64;
/** The bit above each 16-byte block, as it counts in the last limb; 0 for a block padded by hand. */
export let padBit: u64;
/** 2^34 - 1, a variable only because the engine keeps those in a register and rebuilds constants at each use. */
export let mask34: u64;

/**
 * What is still to be authenticated: whole blocks in place, an even number of them unless they are
 * already the last segment, then the last segment, assembled elsewhere.
 */
export let next: usize, nextBlocks: i32, last: usize, lastBlocks: i32;

/** Begins a message under the one-time key at `key`. */
// @inline
export function begin(key: usize): void {
  r0 = <u64>(load<u32>(key) & 0x0fffffff);
  r1 = <u64>(load<u32>(key, 4) & 0x0ffffffc);
  r2 = <u64>(load<u32>(key, 8) & 0x0ffffffc);
  r3 = <u64>(load<u32>(key, 12) & 0x0ffffffc);
  s1 = r1 + (r1 >> 2);
  s2 = r2 + (r2 >> 2);
  s3 = r3 + (r3 >> 2);
  h0 = 0;
  h1 = 0;
  h2 = 0;
  h3 = 0;
  padBit = 0x100000000;
  mask34 = 0x3ffffffff;
}
