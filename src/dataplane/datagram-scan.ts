/**
 * The datagrams of a receive batch, one by one, before anyone looks at them. Trains are cut here, and
 * where headers are protected the key streams of all of them are made in one call, because not even
 * the message type can be read without.
 */
import type { HeaderMask } from '../kernels/header-mask.ts';
import { TRANSPORT_HEADER_BYTES } from '../protocol/constants.ts';
import type { Carrier } from '../transport/carrier.ts';
import type { Arena } from './arena.ts';

/** Key stream of one datagram: as long as the header it hides. */
const STREAM_BYTES = TRANSPORT_HEADER_BYTES;

/** Datagrams looked at together; a batch of the carrier may be cut into several scans. */
export const SCAN_CAPACITY = 1024;

export class DatagramScan {
  readonly length = new Int32Array(SCAN_CAPACITY);
  readonly path = new Int32Array(SCAN_CAPACITY);
  readonly #arena: Arena;
  #headerMask: HeaderMask | undefined;
  /** SCAN_CAPACITY u32 offsets, in the arena because the mask kernel reads them. */
  readonly #offsets: number;
  /** Reserved when headers are protected for the first time; 0 until then. */
  #streams = 0;
  #count = 0;

  constructor(arena: Arena, headerMask: HeaderMask | undefined) {
    this.#arena = arena;
    this.#offsets = arena.reserve(SCAN_CAPACITY * Uint32Array.BYTES_PER_ELEMENT);
    this.useMask(headerMask);
  }

  /** How headers are protected from the next batch on; undefined: not at all. */
  useMask(headerMask: HeaderMask | undefined): void {
    this.#headerMask = headerMask;
    if (headerMask !== undefined && this.#streams === 0)
      this.#streams = this.#arena.reserve(SCAN_CAPACITY * STREAM_BYTES);
  }

  get count(): number {
    return this.#count;
  }

  get isFull(): boolean {
    return this.#count === SCAN_CAPACITY;
  }

  /** Forgets the datagrams that are in it. */
  clear(): void {
    this.#count = 0;
  }

  /**
   * Takes datagrams of message `index` of the carrier's batch, beginning `skip` bytes into it; the scan
   * has room for one at least. Returns where it stopped: the message's length, or less when it is full.
   */
  take({ received }: Carrier, index: number, skip: number): number {
    const total = received.length[index];
    const segment = received.segment[index];
    let done = skip;
    do {
      const left = total - done;
      const length = segment > 0 && left > segment ? segment : left;
      this.#add(received.offset[index] + done, length, received.path[index]);
      done += length;
    } while (done < total && this.#count < SCAN_CAPACITY);
    return done;
  }

  /** Makes the key streams of all datagrams taken, where there is header protection. */
  prepare(): void {
    this.#headerMask?.keystreams(this.#offsets, this.#count, this.#streams);
  }

  offset(index: number): number {
    return this.#arena.u32[(this.#offsets >>> 2) + index];
  }

  /** What the first four bytes of the header are masked with, little endian and signed; 0 without protection. */
  mask(index: number): number {
    return this.#stream(index, 0);
  }

  /** The receiver index of the transport message at `message`, read through the mask; signed, see SessionTable. */
  receiver(index: number, message: number): number {
    return this.#arena.view.getInt32(message + 4, true) ^ this.#stream(index, 1);
  }

  /** Takes the mask off the 16-byte header of the transport message at `message`. */
  unmaskHeader(index: number, message: number): void {
    if (this.#headerMask === undefined) return;
    const { view } = this.#arena;
    for (let word = 0; word < STREAM_BYTES / 4; word += 1) {
      const cell = message + 4 * word;
      view.setUint32(cell, view.getUint32(cell, true) ^ this.#stream(index, word), true);
    }
  }

  #add(offset: number, length: number, path: number): void {
    this.#arena.u32[(this.#offsets >>> 2) + this.#count] = offset;
    this.length[this.#count] = length;
    this.path[this.#count] = path;
    this.#count += 1;
  }

  /** Signed, because unsigned ones beyond 31 bits would be put on the heap. */
  #stream(index: number, word: number): number {
    if (this.#headerMask === undefined) return 0;
    return this.#arena.u32[((this.#streams + index * STREAM_BYTES) >>> 2) + word] | 0;
  }
}
