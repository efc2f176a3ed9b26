/**
 * ChaCha20-Poly1305 (RFC 8439, 2.8) on batches of packets in the arena: the last step of a packet
 * before it leaves as a datagram, the first after it arrived as one. The jobs and the contract are
 * in `../../kernel.ts`.
 *
 * Three things make it fast. Poly1305 runs woven into ChaCha20 (`tools/chacha20-rounds.mjs`). One
 * packet has not enough of both at the same time when it is sealed, as the tag covers what is yet to
 * be encrypted; so the Poly1305 of one packet runs with the ChaCha20 of the next:
 *
 *     seal   ChaCha20    | packet 0 | packet 1 | packet 2 | ...
 *            Poly1305               | packet 0 | packet 1 | packet 2
 *
 *     open   ChaCha20    | packet 0 | packet 1 | ...
 *            Poly1305    | packet 0 | packet 1 |        a step ahead, so that open works in place
 *
 * And what needs only a block or two of keystream (one-time keys, short packets) shares the four
 * lanes with other packets.
 *
 * The kernel's region in the arena:
 *
 *     0     masks of the rotations by 16 and by 8, 16 bytes each
 *     64    last Poly1305 segment of a message, 48 bytes
 *     128   computed tag
 *     256   256 bytes of keystream, or the end of a message that fills no group of four blocks
 *     512   lanes: 4 x | counter u32 | 0 u32 | nonce u64 |
 *     576   pieces of packets that the lanes are for: 4 x | source u32 | target u32 | length u32 | - |
 *     1024  one-time keys, 32 bytes a packet, and 96 bytes over which the last group of four may run
 */
import { encryptDraining, encryptPlain, encryptWoven, keystream, oneTimeKeys, WOVEN_BLOCKS } from './chacha20-rounds';
import { JOB_BYTES, JOB_COUNTER, JOB_LENGTH, JOB_SOURCE, JOB_STATUS, JOB_TARGET } from './job';
import { copyShort, xorShort } from './memory';
import { authenticate, drain, evenOut, layOut, writeTag } from './poly1305';
import { begin, lastBlocks, nextBlocks } from './poly1305-state';

const LAST_SEGMENT: usize = 64;
const TAG: usize = 128;
const KEYSTREAM: usize = 256;
const LANES: usize = 512;
const PIECES: usize = 576;
const KEYS: usize = 1024;

const LANE_BYTES: usize = 16;
const KEY_BYTES: usize = 32;
const MAX_JOBS: i32 = 256;

/** Bytes that one call of the four-block loops encrypts. */
const GROUP_BYTES: i32 = 256;
/** Packets up to this length share groups of four blocks with others. */
const SHORT: u32 = 128;

/** The last group of four one-time keys may run over by three. */
const REGION_BYTES: usize = KEYS + (<usize>MAX_JOBS + 3) * KEY_BYTES;

let region: usize;

export function regionBytes(): usize {
  return REGION_BYTES;
}

/** Call once, with a region of `regionBytes()`, aligned to 16. */
export function configure(offset: usize): void {
  region = offset;
  v128.store(region, i8x16(2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13));
  v128.store(region, i8x16(3, 0, 1, 2, 7, 4, 5, 6, 11, 8, 9, 10, 15, 12, 13, 14), 16);
}

export function seal(key: usize, jobs: usize, count: i32): void {
  prepareKeys(key, jobs, count);
  cryptShort(key, jobs, count);
  for (let i = 0; i < count; i++) {
    const job = jobs + <usize>i * JOB_BYTES;
    if (load<u32>(job, JOB_LENGTH) > SHORT) cryptLong(key, job);
    if (i > 0) finishSeal(job - JOB_BYTES, i - 1);
    begin(oneTimeKey(i));
    layOut(load<u32>(job, JOB_TARGET), load<u32>(job, JOB_LENGTH), region + LAST_SEGMENT);
  }
  if (count > 0) finishSeal(jobs + <usize>(count - 1) * JOB_BYTES, count - 1);
}

export function open(key: usize, jobs: usize, count: i32): i32 {
  prepareKeys(key, jobs, count);
  let forged = 0;
  for (let i = 0; i < count; i++) {
    const job = jobs + <usize>i * JOB_BYTES;
    const length = load<u32>(job, JOB_LENGTH);
    const source: usize = load<u32>(job, JOB_SOURCE);
    begin(oneTimeKey(i));
    layOut(source, length, region + LAST_SEGMENT);
    const claimed = v128.load(source + length); // before a target that overlaps is written
    if (length > SHORT) cryptLong(key, job);
    drain();
    writeTag(oneTimeKey(i), region + TAG);
    const status: u32 = v128.any_true(v128.xor(v128.load(region + TAG), claimed)) ? 1 : 0;
    store<u32>(job, status, JOB_STATUS);
    forged += status;
  }
  cryptShort(key, jobs, count);
  if (forged > 0) wipeForged(jobs, count);
  return forged;
}

/** Poly1305 alone, for its test vectors. */
export function poly1305(key: usize, message: usize, length: i32, target: usize): void {
  authenticate(key, message, length, region + LAST_SEGMENT, target);
}

// @inline
function oneTimeKey(index: i32): usize {
  return region + KEYS + <usize>index * KEY_BYTES;
}

// @inline
function finishSeal(job: usize, index: i32): void {
  drain();
  const target: usize = load<u32>(job, JOB_TARGET);
  writeTag(oneTimeKey(index), target + load<u32>(job, JOB_LENGTH));
}

function wipeForged(jobs: usize, count: i32): void {
  for (let job = jobs, end = jobs + <usize>count * JOB_BYTES; job < end; job += JOB_BYTES) {
    if (load<u32>(job, JOB_STATUS) !== 0) memory.fill(load<u32>(job, JOB_TARGET), 0, load<u32>(job, JOB_LENGTH));
  }
}

// @inline
function setLane(lane: i32, counter: u32, job: usize): void {
  const at = region + LANES + <usize>lane * LANE_BYTES;
  store<u64>(at, <u64>counter);
  store<u64>(at, load<u64>(job, JOB_COUNTER), 8);
}

/** Makes the one-time keys of all packets, four at a time. Traps for more than MAX_JOBS. */
function prepareKeys(key: usize, jobs: usize, count: i32): void {
  if (count > MAX_JOBS) unreachable();
  for (let i = 0; i < count; i += 4) {
    const group = min<i32>(4, count - i);
    for (let lane = 0; lane < group; lane++) setLane(lane, 0, jobs + <usize>(i + lane) * JOB_BYTES);
    oneTimeKeys(region, key, region + LANES, oneTimeKey(i));
  }
}

/** All short packets: the 64-byte pieces of whatever packets go through the lanes four at a time. */
function cryptShort(key: usize, jobs: usize, count: i32): void {
  let lanes = 0;
  for (let i = 0; i < count; i++) {
    const job = jobs + <usize>i * JOB_BYTES;
    const length = load<u32>(job, JOB_LENGTH);
    if (length > SHORT) continue;
    for (let done: u32 = 0; done < length; done += 64) {
      setLane(lanes, 1 + (done >> 6), job);
      setPiece(
        lanes,
        load<u32>(job, JOB_SOURCE) + done,
        load<u32>(job, JOB_TARGET) + done,
        min<u32>(64, length - done),
      );
      lanes++;
      if (lanes === 4) {
        cryptPieces(key, 4);
        lanes = 0;
      }
    }
  }
  if (lanes > 0) cryptPieces(key, lanes);
}

// @inline
function setPiece(lane: i32, source: u32, target: u32, length: u32): void {
  const at = region + PIECES + <usize>lane * LANE_BYTES;
  store<u32>(at, source);
  store<u32>(at, target, 4);
  store<u32>(at, length, 8);
}

function cryptPieces(key: usize, count: i32): void {
  keystream(region, key, region + LANES, region + KEYSTREAM);
  for (let lane = 0; lane < count; lane++) {
    const piece = region + PIECES + <usize>lane * LANE_BYTES;
    xorShort(load<u32>(piece, 4), load<u32>(piece), region + KEYSTREAM + ((<usize>lane) << 6), load<i32>(piece, 8));
  }
}

/** One packet longer than SHORT. Takes along what stands at the Poly1305 cursor. */
// @inline
function cryptLong(key: usize, job: usize): void {
  const nonceLow = load<u32>(job, JOB_COUNTER);
  const nonceHigh = load<u32>(job, JOB_COUNTER + 4);
  let source: usize = load<u32>(job, JOB_SOURCE);
  let target: usize = load<u32>(job, JOB_TARGET);
  let left: i32 = load<u32>(job, JOB_LENGTH);
  let counter: u32 = 1;
  for (; left >= GROUP_BYTES; left -= GROUP_BYTES) {
    cryptGroup(key, counter, nonceLow, nonceHigh, source, target);
    counter += 4;
    source += GROUP_BYTES;
    target += GROUP_BYTES;
  }
  if (left === 0) return;
  const scratch = region + KEYSTREAM;
  copyShort(scratch, source, left);
  cryptGroup(key, counter, nonceLow, nonceHigh, scratch, scratch);
  copyShort(target, scratch, left);
}

/** Four blocks, with as much of Poly1305 as there is to do. */
// @inline
function cryptGroup(key: usize, counter: u32, nonceLow: u32, nonceHigh: u32, source: usize, target: usize): void {
  if (nextBlocks >= WOVEN_BLOCKS) {
    encryptWoven(region, key, counter, nonceLow, nonceHigh, source, target);
  } else if (nextBlocks >= 2 || lastBlocks > 0) {
    evenOut();
    encryptDraining(region, key, counter, nonceLow, nonceHigh, source, target);
  } else {
    encryptPlain(region, key, counter, nonceLow, nonceHigh, source, target);
  }
}
