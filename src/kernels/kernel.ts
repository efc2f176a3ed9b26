/**
 * Bulk work on packets that lie in the arena, one call per batch. Offsets are byte offsets into the
 * arena; all of it is mutable shared memory and nothing is allocated.
 */
import type { Padding } from './padding.ts';

/**
 * One packet to seal or open, an array of these lies in the arena (32 bytes each, little endian):
 *
 *     0  source   u32  offset of the plaintext (seal) or ciphertext (open)
 *     4  target   u32  offset of the result; equal to source works
 *     8  length   u32  of the plaintext, without tag
 *    12  status   u32  written by open: 0 authentic, 1 forged (the target is wiped)
 *    16  counter  u64  nonce: 4 zero bytes and this, little endian
 *    24  -        u64  free for the caller
 */
export const JOB = {
  source: 0,
  target: 4,
  length: 8,
  status: 12,
  counterLow: 16,
  counterHigh: 20,
  user: 24,
  bytes: 32,
} as const;

/** Poly1305 tag after each ciphertext. */
export const TAG_BYTES = 16;

/** Most jobs in one `seal` or `open`. */
export const MAX_JOBS = 256;

/** Implementations of the AEAD, see `select.ts`. */
/** In order of preference. Plain SIMD is for engines without relaxed SIMD. */
export const KERNEL_NAMES = ['wasm-relaxed', 'wasm-simd', 'openssl', 'reference'] as const;

export type KernelName = (typeof KERNEL_NAMES)[number];

/** ChaCha20-Poly1305 (RFC 8439) as WireGuard's transport messages use it: no associated data. */
export interface AeadKernel {
  readonly name: KernelName;
  /** Encrypts `count` jobs at `jobs` with the 32-byte key at `key`; writes the tag after each ciphertext. */
  seal(key: number, jobs: number, count: number): void;
  /** Decrypts; returns how many were forged (their status is 1). */
  open(key: number, jobs: number, count: number): number;
}

/** Virtio network header before each frame of a TUN with IFF_VNET_HDR, native endian. */
export const VIRTIO_HEADER_BYTES = 10;

/**
 * Splitting what the kernel hands us as one super-packet, and merging what we hand back.
 * See `wasm/assembly/packets.ts` for the layouts.
 */
export interface PacketKernel {
  /**
   * RFC 1071 sum of the bytes (2 MiB at most), folded to 16 bits, not complemented, in native
   * (little-endian) word order.
   */
  checksum(offset: number, length: number): number;
  /** memory.copy inside the arena. */
  copy(target: number, source: number, length: number): void;
  /** The rule by which `split` pads from now on; until the first call up to a multiple of 16. */
  setPadding(padding: Padding): void;
  /**
   * What the rules with chance need for the following calls of `split`; the other takes no notice.
   *
   * @param room bytes of plaintext that fit the peer's UDP window: window - 32 - S4, may be negative
   * @param randoms offset of random u32 values, at any alignment. Each packet takes the next, so
   *   there must be one for each that is split until the next call
   */
  paddingWindow(room: number, randoms: number): void;
  /**
   * Splits the frame (virtio header and packet, `length` bytes together) into inner packets with
   * finished checksums, `first`..`first + capacity - 1` of them. Each lands at
   * `cursor + headroom`, is zero padded as `padding.ts` describes, and gets a job at `jobs` (source =
   * target = packet, length = padded length, user low word = unpadded length). The cursor then moves
   * to `packet + padded + TAG_BYTES`.
   * Of a malformed frame nothing is written. What a frame can grow by is bounded: all packets
   * together take at most its length, and each of them `headroom`, SPLIT_OVERHEAD and what
   * `longestPadding` says more.
   * Returns the number of packets written, or a negative number for a malformed frame.
   * `splitTotal()` afterwards says how many packets the whole frame makes.
   */
  split(
    frame: number,
    length: number,
    first: number,
    capacity: number,
    cursor: number,
    headroom: number,
    mtu: number,
    jobs: number,
  ): number;
  splitTotal(): number;
  /**
   * Writes the 16-byte transport header (type, receiver index, counter) before each packet of
   * `count` jobs, at `target - 16`, counting up from the given counter, and the counter into each job.
   */
  writeHeaders(
    jobs: number,
    count: number,
    type: number,
    receiver: number,
    counterLow: number,
    counterHigh: number,
  ): void;
  /**
   * Gives each of `count` messages a type from `low`..`low + span` and `prefix` random bytes before its
   * header, from `count * (4 + prefix)` random bytes at `randoms`. Counter and receiver stay.
   */
  disguise(jobs: number, count: number, prefix: number, low: number, span: number, randoms: number): void;
  /** Begins a new batch of inner packets on their way to the TUN. Each protocol is merged if the TUN takes it. */
  mergeBegin(mergeTcp: boolean, mergeUdp: boolean): void;
  /**
   * Adds an inner packet (at least 10 free bytes before it). It is appended to an earlier one of its
   * flow where the rules of GRO allow it, otherwise it begins a frame of its own. The packet stays
   * where it is, and must until its frame is written; its headers may change. Packets of one flow
   * keep their order. More than MAX_MERGE_PACKETS in a batch are ignored.
   */
  mergeAdd(packet: number, length: number): void;
  /** Finishes headers; returns how many frames there are (at most one per added packet). */
  mergeFinish(): number;
  /** Offset of the iovec array of frame `index` and how many there are; ready for writev. */
  frameVector(index: number): number;
  frameVectorCount(index: number): number;
  /** Inner packets merged into frame `index`. */
  framePackets(index: number): number;
}

/**
 * What `split` needs for each packet besides its payload: headers (up to 120 bytes), padding to a
 * multiple of 16, tag. Longer padding comes on top.
 */
export const SPLIT_OVERHEAD = 152;

/** Most inner packets between `mergeBegin` and `mergeFinish`. */
export const MAX_MERGE_PACKETS = 1024;
