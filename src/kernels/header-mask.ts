/**
 * Header protection of transport messages (protocol facts 3.4): the last step of a datagram before
 * it is sent, the first after it was received. Each message header is hidden by ChaCha20 keystream
 * under a nonce that the datagram itself begins with:
 *
 *     datagram | nonce 12 | rest of the prefix | header 16 | encrypted packet ...
 *                                                ^ XOR with keystream bytes 0-15
 *
 * The work is done by `wasm/assembly/header-mask.ts`, four datagrams at a time. Handshake messages
 * are masked whole and are few; they go through `HandshakeCrypto` instead.
 */
import type { Arena } from '../dataplane/arena.ts';
import { instantiate, readModule } from './wasm/load.ts';

const KEY_BYTES = 32;

interface HeaderMaskExports {
  configure(region: number): void;
  regionBytes(): number;
  wipe(): void;
  maskJobs(jobs: number, count: number, headroom: number): void;
  keystreams(offsets: number, count: number, streams: number): void;
}

/** One for each thread; it keeps the key in the arena. */
export class HeaderMask {
  readonly #arena: Arena;
  readonly #exports: HeaderMaskExports;
  /** The kernel's region, which begins with the key. */
  readonly #region: number;

  constructor(arena: Arena) {
    this.#arena = arena;
    this.#exports = instantiate<HeaderMaskExports>(readModule('header-mask'), arena);
    this.#region = arena.reserve(this.#exports.regionBytes());
    this.#exports.configure(this.#region);
  }

  /** Takes a copy. Throws RangeError unless there are 32 bytes. */
  setKey(key: Uint8Array): void {
    if (key.length !== KEY_BYTES)
      throw new RangeError(`a header protection key has ${KEY_BYTES} bytes, not ${key.length}`);
    this.#arena.bytes.set(key, this.#region);
  }

  /** Wipes the key and all that is left of keystreams. Until there is another key nothing may be masked. */
  clearKey(): void {
    this.#exports.wipe();
  }

  /**
   * Masks the headers of `count` jobs (any number): the 16 bytes before each job's target, with the
   * 12 bytes at `target - headroom` as nonce, so `headroom` is at least 28. A second time unmasks.
   */
  maskJobs(jobs: number, count: number, headroom: number): void {
    this.#exports.maskJobs(jobs, count, headroom);
  }

  /**
   * Of datagrams not yet understood, the keystreams their headers would be masked with: for each of
   * the `count` u32 offsets at `offsets`, 16 bytes at `streams`, one behind the other. Reads the first
   * 12 bytes of each datagram, even of a shorter one.
   */
  keystreams(offsets: number, count: number, streams: number): void {
    this.#exports.keystreams(offsets, count, streams);
  }
}
