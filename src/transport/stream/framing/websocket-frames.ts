/**
 * Frames of a WebSocket (RFC 6455, 5.2) as far as datagrams need them: single binary messages of 1 to
 * 65535 bytes. Everything else, which is rare, is handed on as it is, to a library that knows the whole
 * protocol. It costs a tenth of having that library look at each datagram.
 *
 *     0x82  mask bit and length  (16 bits of length)  (mask)  datagram
 */
import { randomFillSync } from 'node:crypto';
import type { CopyBytes } from '../../../platform/ffi/memory-copy.ts';
import type { Chunk } from './chunk-pool.ts';
import { CHUNK_BYTES } from './chunk-pool.ts';
import type { DatagramSink } from './frame-reader.ts';
import { FRAME_HEADER_BYTES, MAX_FRAME_BYTES } from './frame-reader.ts';

/** FIN, and the opcode of binary data. */
const BINARY = 0x82;
const MASK_BIT = 0x80;
const LENGTH_BITS = 0x7f;
const LENGTH_16 = 126;
const LENGTH_64 = 127;
const MASK_BYTES = 4;
/** With 16 bits of length and a mask. */
const LONGEST_HEADER = 8;
const SMALLEST_BUFFER = 2048;
const NOTHING = new Uint8Array(0);

/** Room for the frames of any chunk: the least datagram grows most, from 3 bytes to 7. */
export const MESSAGES_BYTES = Math.ceil((CHUNK_BYTES * 7) / 3);

/**
 * Whose masks bind: a client masks what it sends, a server does not (5.1). Masks must not be
 * foreseeable (5.3).
 */
export type WebSocketRole = 'client' | 'server';

/** Applies or removes a mask (5.3), four bytes at a time. `words` are those of the memory of `bytes`. */
function applyMask(bytes: Uint8Array, words: Int32Array, offset: number, length: number, mask: number): void {
  const end = offset + length;
  let at = offset;
  let rotated = mask;
  for (; at < end && ((bytes.byteOffset + at) & 3) !== 0; at++) {
    bytes[at] ^= rotated;
    rotated = (rotated >>> 8) | (rotated << 24);
  }
  let word = (bytes.byteOffset + at) >>> 2;
  const lastWord = word + ((end - at) >>> 2);
  at += (lastWord - word) << 2;
  for (; word < lastWord; word++) words[word] ^= rotated;
  for (; at < end; at++) {
    bytes[at] ^= rotated;
    rotated >>>= 8;
  }
}

function wordsOf({ buffer }: Uint8Array): Int32Array {
  return new Int32Array(buffer, 0, buffer.byteLength >>> 2);
}

export class WebSocketFrameReader {
  readonly #sink: DatagramSink;
  readonly #handOn: (frames: Uint8Array) => void;
  readonly #copy: CopyBytes;
  /** The second byte's mask bit, as the other side has to set it. */
  readonly #maskBit: number;
  /** A frame whose rest has not come. BOUNDED by one frame, and by twice what has come of it. */
  #held: Uint8Array = NOTHING;
  #heldWords = wordsOf(NOTHING);
  #heldBytes = 0;
  /** Beyond what datagrams need: from there on nothing is looked at. */
  #isLost = false;

  /**
   * @param role ours
   * @param handOn takes whole frames that are no datagrams, and what follows one that is too long
   */
  constructor(role: WebSocketRole, sink: DatagramSink, handOn: (frames: Uint8Array) => void, copy: CopyBytes) {
    this.#maskBit = role === 'server' ? MASK_BIT : 0;
    this.#sink = sink;
    this.#handOn = handOn;
    this.#copy = copy;
  }

  /** Whether a frame has begun and not ended. */
  get isMidFrame(): boolean {
    return this.#heldBytes > 0;
  }

  /** Reads the next piece of the stream, which it may change. Returns the number of datagrams found. */
  read(piece: Uint8Array): number {
    let at = 0;
    let found = 0;
    while (this.#heldBytes > 0 && at < piece.length && !this.#isLost) {
      at = this.#complete(piece, at);
      const size = this.#judge(frameSize(this.#held, 0, this.#heldBytes));
      if (size > 0 && size <= this.#heldBytes) {
        found += this.#take(this.#held, this.#heldWords, 0, size);
        this.#heldBytes = 0;
      }
    }
    const words = wordsOf(piece);
    while (!this.#isLost) {
      const size = this.#judge(frameSize(piece, at, piece.length));
      if (size === 0 || size > piece.length - at) break;
      found += this.#take(piece, words, at, size);
      at += size;
    }
    if (this.#isLost) this.#giveUp(piece.subarray(at));
    else if (at < piece.length) this.#hold(piece, at, piece.length);
    return found;
  }

  /** Passes a size on, and gives up at one that no datagram needs. */
  #judge(size: number): number {
    if (size > LONGEST_HEADER + MAX_FRAME_BYTES) this.#isLost = true;
    return size;
  }

  #giveUp(rest: Uint8Array): void {
    if (this.#heldBytes > 0) this.#handOn(this.#held.slice(0, this.#heldBytes));
    this.#heldBytes = 0;
    this.#handOn(rest);
  }

  /** Adds what is missing of the held frame, first of its header; returns how far the piece is used up. */
  #complete(piece: Uint8Array, at: number): number {
    const size = frameSize(this.#held, 0, this.#heldBytes) || this.#heldBytes + 1;
    const end = Math.min(piece.length, at + size - this.#heldBytes);
    this.#hold(piece, at, end);
    return end;
  }

  /** Returns how many datagrams that frame was. */
  #take(bytes: Uint8Array, words: Int32Array, at: number, size: number): number {
    const second = bytes[at + 1];
    const length = second & LENGTH_BITS;
    const isDatagram = bytes[at] === BINARY && (second & MASK_BIT) === this.#maskBit && length > 0;
    if (!isDatagram) {
      this.#handOn(bytes.slice(at, at + size));
      return 0;
    }
    let start = at + (length === LENGTH_16 ? 4 : 2);
    if (this.#maskBit !== 0) {
      const mask = bytes[start] | (bytes[start + 1] << 8) | (bytes[start + 2] << 16) | (bytes[start + 3] << 24);
      start += MASK_BYTES;
      applyMask(bytes, words, start, at + size - start, mask);
    }
    if (start === at + size) return 0;
    this.#sink.take(bytes, start, at + size - start);
    return 1;
  }

  #hold(piece: Uint8Array, from: number, to: number): void {
    const needed = this.#heldBytes + to - from;
    if (needed > this.#held.length) {
      const larger = new Uint8Array(Math.max(2 * this.#held.length, needed, SMALLEST_BUFFER));
      larger.set(this.#held.subarray(0, this.#heldBytes));
      this.#held = larger;
      this.#heldWords = wordsOf(larger);
    }
    this.#copy(this.#held, this.#heldBytes, piece, from, to - from);
    this.#heldBytes = needed;
  }
}

/** Bytes of the frame that begins there, 0 while its header has not come, infinite for 64 bits of length. */
function frameSize(bytes: Uint8Array, at: number, end: number): number {
  if (end - at < 2) return 0;
  const length = bytes[at + 1] & LENGTH_BITS;
  if (length === LENGTH_64) return Number.POSITIVE_INFINITY;
  const mask = (bytes[at + 1] & MASK_BIT) === 0 ? 0 : MASK_BYTES;
  if (length < LENGTH_16) return 2 + mask + length;
  if (end - at < 4) return 0;
  return 4 + mask + ((bytes[at + 2] << 8) | bytes[at + 3]);
}

/** How many masks are drawn at once. */
const MASKS = 1024;

export class WebSocketFrameWriter {
  readonly #maskBit: number;
  readonly #copy: CopyBytes;
  readonly #masks = new Int32Array(MASKS);
  #nextMask = MASKS;

  /** @param role ours */
  constructor(role: WebSocketRole, copy: CopyBytes) {
    this.#maskBit = role === 'client' ? MASK_BIT : 0;
    this.#copy = copy;
  }

  /** Writes each datagram of `source` as a message into `target`, which has room for MESSAGES_BYTES. */
  write({ bytes, start, end }: Chunk, target: Chunk): void {
    const words = wordsOf(target.bytes);
    let to = 0;
    for (let at = start; at < end; ) {
      const from = at + FRAME_HEADER_BYTES;
      const length = (bytes[at] << 8) | bytes[at + 1];
      to = this.#writeHeader(target.bytes, to, length);
      const mask = this.#maskBit === 0 ? 0 : this.#writeMask(target.bytes, to);
      if (this.#maskBit !== 0) to += MASK_BYTES;
      this.#copy(target.bytes, to, bytes, from, length);
      if (mask !== 0) applyMask(target.bytes, words, to, length, mask);
      to += length;
      at = from + length;
    }
    target.start = 0;
    target.end = to;
  }

  #writeHeader(bytes: Uint8Array, to: number, length: number): number {
    bytes[to] = BINARY;
    if (length < LENGTH_16) {
      bytes[to + 1] = this.#maskBit | length;
      return to + 2;
    }
    bytes[to + 1] = this.#maskBit | LENGTH_16;
    bytes[to + 2] = length >>> 8;
    bytes[to + 3] = length & 0xff;
    return to + 4;
  }

  #writeMask(bytes: Uint8Array, to: number): number {
    if (this.#nextMask === MASKS) {
      randomFillSync(this.#masks);
      this.#nextMask = 0;
    }
    const mask = this.#masks[this.#nextMask++];
    bytes[to] = mask & 0xff;
    bytes[to + 1] = (mask >>> 8) & 0xff;
    bytes[to + 2] = (mask >>> 16) & 0xff;
    bytes[to + 3] = mask >>> 24;
    return mask;
  }
}
