/**
 * Finds datagrams in a stream of bytes: before each stands its length, two bytes, big endian, as
 * Mullvad's udp-over-tcp has it. Whatever way the stream is cut into pieces, a datagram that came
 * whole is handed on where it lies; only one that lies across two pieces is put together here.
 */
import type { CopyBytes } from '../../../platform/ffi/memory-copy.ts';

export const FRAME_HEADER_BYTES = 2;
/** What two bytes of length can say. */
export const MAX_FRAME_BYTES = 65535;

/** Takes a datagram, which lies there only until it returns. */
export interface DatagramSink {
  take(source: Uint8Array, offset: number, length: number): void;
}

/** Result of `read` for a stream that is none of ours. */
export const NOT_FRAMES = -1;

const SMALLEST_BUFFER = 2048;
const NOTHING = new Uint8Array(0);

export class FrameReader {
  readonly #sink: DatagramSink;
  readonly #copy: CopyBytes;
  readonly #longest: number;
  /**
   * The beginning of a frame whose rest has not come. BOUNDED by one frame, and by twice what has come
   * of it: a length alone reserves nothing.
   */
  #held: Uint8Array = NOTHING;
  #heldBytes = 0;

  /** @param longest datagrams beyond this many bytes end the stream */
  constructor(sink: DatagramSink, copy: CopyBytes, longest: number) {
    this.#sink = sink;
    this.#copy = copy;
    this.#longest = longest;
  }

  /** Whether a frame has begun and not ended. */
  get isMidFrame(): boolean {
    return this.#heldBytes > 0;
  }

  /**
   * Reads the next piece of the stream, from `offset` up to `end`. Returns the number of datagrams
   * found, or NOT_FRAMES for a length of zero or beyond the limit; then the stream is lost.
   */
  read(source: Uint8Array, offset: number, end: number): number {
    let at = offset;
    let found = 0;
    if (this.#heldBytes > 0) {
      at = this.#complete(source, offset, end);
      if (at < 0) return NOT_FRAMES;
      if (this.#heldBytes > 0) return 0;
      found = 1;
    }
    while (end - at >= FRAME_HEADER_BYTES) {
      const length = (source[at] << 8) | source[at + 1];
      if (length === 0 || length > this.#longest) return NOT_FRAMES;
      const next = at + FRAME_HEADER_BYTES + length;
      if (next > end) break;
      this.#sink.take(source, at + FRAME_HEADER_BYTES, length);
      found++;
      at = next;
    }
    if (at < end) this.#hold(source, at, end);
    return found;
  }

  /** Adds to the held frame what is still missing of it; returns where the next one begins, or NOT_FRAMES. */
  #complete(source: Uint8Array, offset: number, end: number): number {
    let at = offset;
    if (this.#heldBytes === 1) this.#held[this.#heldBytes++] = source[at++];
    const length = (this.#held[0] << 8) | this.#held[1];
    if (length === 0 || length > this.#longest) return NOT_FRAMES;
    const rest = Math.min(FRAME_HEADER_BYTES + length - this.#heldBytes, end - at);
    this.#hold(source, at, at + rest);
    at += rest;
    if (this.#heldBytes < FRAME_HEADER_BYTES + length) return at;
    this.#heldBytes = 0;
    this.#sink.take(this.#held, FRAME_HEADER_BYTES, length);
    return at;
  }

  #hold(source: Uint8Array, offset: number, end: number): void {
    const bytes = end - offset;
    if (bytes === 0) return;
    this.#makeRoom(this.#heldBytes + bytes);
    this.#copy(this.#held, this.#heldBytes, source, offset, bytes);
    this.#heldBytes += bytes;
  }

  #makeRoom(needed: number): void {
    if (needed <= this.#held.length) return;
    const roomy = Math.min(
      Math.max(2 * this.#held.length, needed, SMALLEST_BUFFER),
      FRAME_HEADER_BYTES + MAX_FRAME_BYTES,
    );
    const larger = new Uint8Array(roomy);
    larger.set(this.#held.subarray(0, this.#heldBytes));
    this.#held = larger;
  }
}
