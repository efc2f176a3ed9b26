/** Buffers in which frames wait for a connection, used again and again by all connections of the hub. */

/** Frames from `start` to `end`. */
export interface Chunk {
  readonly bytes: Buffer;
  start: number;
  end: number;
}

/** Holds any frame, and some 90 full-sized ones: one write's worth. */
export const CHUNK_BYTES = 128 << 10;
/** Enough for a few busy connections; what more need is made and forgotten. */
const KEPT = 16;

export class ChunkPool {
  /** BOUNDED by KEPT. */
  readonly #free: Chunk[] = [];
  readonly #size: number;

  constructor(size = CHUNK_BYTES) {
    this.#size = size;
  }

  take(): Chunk {
    return this.#free.pop() ?? { bytes: Buffer.allocUnsafeSlow(this.#size), start: 0, end: 0 };
  }

  give(chunk: Chunk): void {
    if (this.#free.length >= KEPT) return;
    chunk.start = 0;
    chunk.end = 0;
    this.#free.push(chunk);
  }
}
