/**
 * Header protection (protocol facts 3.4), the bulk of it: 16 bytes of ChaCha20 keystream for each
 * transport message, which hide its header on the way out and reveal it on the way in. Each datagram
 * begins with its own nonce, so the four lanes work for four datagrams. The contract is `HeaderMask`
 * in `../../header-mask.ts`.
 *
 * The kernel's region in the arena:
 *
 *     0     the key, 32 bytes
 *     64    lanes: 4 x | nonce 12 | - |
 *     128   what the keystreams of the lanes begin with, 16 bytes each
 */
import { openings } from './chacha20-openings';
import { JOB_BYTES, JOB_TARGET } from './job';

const LANES: usize = 64;
const STREAMS: usize = 128;
const REGION_BYTES: usize = 192;

const HEADER_BYTES: usize = 16;
const GROUP: i32 = 4;

let region: usize;

export function regionBytes(): usize {
  return REGION_BYTES;
}

/** Call once, with a region of `regionBytes()`, aligned to 16. It is the caller who puts the key there. */
export function configure(offset: usize): void {
  region = offset;
}

/** Forgets the key and what was made with it. */
export function wipe(): void {
  memory.fill(region, 0, REGION_BYTES);
}

export function maskJobs(jobs: usize, count: i32, headroom: usize): void {
  for (let first = 0; first < count; first += GROUP) {
    const group = min(GROUP, count - first);
    const job = jobs + <usize>first * JOB_BYTES;
    for (let lane = 0; lane < group; lane++) setLane(lane, packetOf(job, lane) - headroom);
    fillStreams();
    for (let lane = 0; lane < group; lane++) {
      const header = packetOf(job, lane) - HEADER_BYTES;
      v128.store(header, v128.xor(v128.load(header), stream(lane)));
    }
  }
}

export function keystreams(offsets: usize, count: i32, streams: usize): void {
  for (let first = 0; first < count; first += GROUP) {
    const group = min(GROUP, count - first);
    for (let lane = 0; lane < group; lane++) setLane(lane, load<u32>(offsets + ((<usize>(first + lane)) << 2)));
    fillStreams();
    for (let lane = 0; lane < group; lane++) v128.store(streams + ((<usize>(first + lane)) << 4), stream(lane));
  }
}

// @inline
function packetOf(job: usize, lane: i32): usize {
  return load<u32>(job + <usize>lane * JOB_BYTES, JOB_TARGET);
}

/** Reads the 12 bytes of the nonce and none behind them. */
// @inline
function setLane(lane: i32, nonce: usize): void {
  const words = v128.load_lane<u32>(nonce, v128.load64_zero(nonce), 2, 8);
  v128.store(region + LANES + ((<usize>lane) << 4), words);
}

/** Lanes that a short group leaves unset work for nothing. */
// @inline
function fillStreams(): void {
  openings(region, region + LANES, region + STREAMS);
}

// @inline
function stream(lane: i32): v128 {
  return v128.load(region + STREAMS + ((<usize>lane) << 4));
}
