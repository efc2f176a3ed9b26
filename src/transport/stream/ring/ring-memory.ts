/** The memory of one `DatagramRing`: plain data that a worker can be given at its start. */

export interface RingMemory {
  /** Positions and flags, see CELL. */
  readonly cells: SharedArrayBuffer;
  /** Records; a power of two of bytes. */
  readonly bytes: SharedArrayBuffer;
}

/**
 * Int32 cells, each on a cache line of its own, as the two threads write them independently.
 * Positions count bytes and wrap at 2^32.
 */
export const CELL = {
  /** Where the writer puts the next record; written by the writer. */
  tail: 0,
  /** Where the reader takes the next record; written by the reader. */
  head: 16,
  /** 1: the reader sleeps and wants its eventfd signalled. */
  readerSleeps: 32,
  /** 1: the writer stopped for lack of room and wants its eventfd signalled. */
  writerWaits: 48,
  count: 64,
} as const;

/** Some 1400 full-sized datagrams: 8 ms of a 2 Gbit/s stream. */
const DEFAULT_CAPACITY = 2 << 20;
const MIN_CAPACITY = 256;
const MAX_CAPACITY = 1 << 30;

/**
 * BOUNDED: it never grows; a full ring refuses.
 *
 * @param capacity bytes, a power of two; records of up to half of it always find room in an empty ring
 */
export function ringMemory(capacity = DEFAULT_CAPACITY): RingMemory {
  if (capacity < MIN_CAPACITY || capacity > MAX_CAPACITY || (capacity & (capacity - 1)) !== 0) {
    throw new RangeError(`a ring of ${capacity} bytes: not a power of two from ${MIN_CAPACITY} to ${MAX_CAPACITY}`);
  }
  return {
    cells: new SharedArrayBuffer(CELL.count * Int32Array.BYTES_PER_ELEMENT),
    bytes: new SharedArrayBuffer(capacity),
  };
}
