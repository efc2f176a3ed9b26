/**
 * Brings datagrams from one thread to another: from the data plane to the stream hub, or back. One
 * writer, one reader, nothing locked and nothing allocated per datagram; each thread has an object
 * of its own over the same memory, and uses one half of its methods.
 *
 *     record      0   length u32      what lies from `head` to `tail` belongs to the reader,
 *                 4   a, b, c u32     the rest to the writer
 *                 16  path (48 bytes)
 *                 64  datagram        ...tail           head ─► record ─► record ─► tail...
 *
 * A record is padded to 8 bytes and never wraps: where the end is too near, a skip mark in place of
 * the length sends the reader to the beginning.
 */
import type { CopyBytes } from '../../../platform/ffi/memory-copy.ts';
import { copyPortably } from '../../../platform/ffi/memory-copy.ts';
import { PATH_BYTES } from '../../carrier.ts';
import type { RingMemory } from './ring-memory.ts';
import { CELL } from './ring-memory.ts';

const PATH_OFFSET = 16;
const RECORD_HEADER_BYTES = PATH_OFFSET + PATH_BYTES;
const ALIGNMENT = 8;
const SKIP = -1;

export class DatagramRing {
  /** The record that `peek` found; valid until `advance`. */
  length = 0;
  /** Three words of the writer, as signed 32-bit integers. */
  a = 0;
  b = 0;
  c = 0;
  /** Where its path and its datagram lie in `bytes`. */
  pathOffset = 0;
  dataOffset = 0;
  readonly bytes: Uint8Array;
  readonly capacity: number;
  readonly #words: Int32Array;
  readonly #cells: Int32Array;
  readonly #mask: number;
  readonly #copy: CopyBytes;
  /** Own position, and the other's as last seen. */
  #head: number;
  #tail: number;

  constructor(memory: RingMemory, copy: CopyBytes = copyPortably) {
    this.bytes = new Uint8Array(memory.bytes);
    this.capacity = this.bytes.length;
    this.#words = new Int32Array(memory.bytes);
    this.#cells = new Int32Array(memory.cells);
    this.#mask = this.capacity - 1;
    this.#copy = copy;
    this.#head = Atomics.load(this.#cells, CELL.head);
    this.#tail = Atomics.load(this.#cells, CELL.tail);
  }

  // What the writer calls.

  /**
   * Adds a datagram; false when there is no room.
   *
   * @param pathSource holds PATH_BYTES at `pathOffset`; undefined: the path is of no interest to the reader
   */
  push(
    a: number,
    b: number,
    c: number,
    pathSource: Uint8Array | undefined,
    pathOffset: number,
    source: Uint8Array,
    offset: number,
    length: number,
  ): boolean {
    const size = recordBytes(length);
    let at = this.#tail & this.#mask;
    const toEnd = this.capacity - at;
    const skipped = size > toEnd ? toEnd : 0;
    if (!this.#hasRoom(skipped + size)) return false;
    const words = this.#words;
    if (skipped > 0) {
      words[at >>> 2] = SKIP;
      at = 0;
    }
    const word = at >>> 2;
    words[word] = length;
    words[word + 1] = a;
    words[word + 2] = b;
    words[word + 3] = c;
    if (pathSource !== undefined) this.#copyPath(at + PATH_OFFSET, pathSource, pathOffset);
    this.#copy(this.bytes, at + RECORD_HEADER_BYTES, source, offset, length);
    this.#tail = (this.#tail + skipped + size) | 0;
    Atomics.store(this.#cells, CELL.tail, this.#tail);
    return true;
  }

  /** Whether the reader sleeps: then its eventfd must be signalled. Asked once after a batch. */
  wakeNeeded(): boolean {
    const cells = this.#cells;
    return Atomics.load(cells, CELL.readerSleeps) === 1 && Atomics.exchange(cells, CELL.readerSleeps, 0) === 1;
  }

  freeBytes(): number {
    this.#head = Atomics.load(this.#cells, CELL.head);
    return this.capacity - ((this.#tail - this.#head) | 0);
  }

  /** Announces that the writer waits for a ring half empty; false when it is that already. */
  waitForRoom(): boolean {
    Atomics.store(this.#cells, CELL.writerWaits, 1);
    if (this.freeBytes() < this.capacity / 2) return true;
    return Atomics.exchange(this.#cells, CELL.writerWaits, 0) === 0;
  }

  // What the reader calls.

  /** Finds the next record and puts its fields in place; false when there is none. */
  peek(): boolean {
    if (this.#head === this.#tail && !this.#hasArrived()) return false;
    const words = this.#words;
    let at = this.#head & this.#mask;
    if (words[at >>> 2] === SKIP) {
      this.#head = (this.#head + this.capacity - at) | 0;
      at = 0;
    }
    const word = at >>> 2;
    this.length = words[word];
    this.a = words[word + 1];
    this.b = words[word + 2];
    this.c = words[word + 3];
    this.pathOffset = at + PATH_OFFSET;
    this.dataOffset = at + RECORD_HEADER_BYTES;
    return true;
  }

  /** Gives the record that `peek` found back to the writer. */
  advance(): void {
    this.#head = (this.#head + recordBytes(this.length)) | 0;
    Atomics.store(this.#cells, CELL.head, this.#head);
  }

  /** Announces that the reader will wait for its eventfd; false when something has arrived meanwhile. */
  sleep(): boolean {
    Atomics.store(this.#cells, CELL.readerSleeps, 1);
    if (!this.#hasArrived()) return true;
    Atomics.store(this.#cells, CELL.readerSleeps, 0);
    return false;
  }

  /** Whether the writer waits for room and there is enough now: then its eventfd must be signalled. Asked once after a batch. */
  roomNeeded(): boolean {
    const cells = this.#cells;
    if (Atomics.load(cells, CELL.writerWaits) === 0) return false;
    const used = (Atomics.load(cells, CELL.tail) - this.#head) | 0;
    return used <= this.capacity / 2 && Atomics.exchange(cells, CELL.writerWaits, 0) === 1;
  }

  /** As far as the position seen last goes there is no need to look again. */
  #hasRoom(bytes: number): boolean {
    return this.capacity - ((this.#tail - this.#head) | 0) >= bytes || this.freeBytes() >= bytes;
  }

  #hasArrived(): boolean {
    this.#tail = Atomics.load(this.#cells, CELL.tail);
    return this.#tail !== this.#head;
  }

  #copyPath(at: number, source: Uint8Array, offset: number): void {
    const { bytes } = this;
    for (let i = 0; i < PATH_BYTES; i++) bytes[at + i] = source[offset + i];
  }
}

function recordBytes(length: number): number {
  return (RECORD_HEADER_BYTES + length + ALIGNMENT - 1) & -ALIGNMENT;
}
