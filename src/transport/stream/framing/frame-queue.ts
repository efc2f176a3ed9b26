/**
 * Datagrams that wait for a connection to take them, with the length of each before it, so that a
 * batch of them leaves in one write. What waits too long is worth nothing to those who sent it: beyond
 * the limit the oldest are dropped.
 */
import type { CopyBytes } from '../../../platform/ffi/memory-copy.ts';
import type { Chunk, ChunkPool } from './chunk-pool.ts';
import { CHUNK_BYTES } from './chunk-pool.ts';
import { FRAME_HEADER_BYTES } from './frame-reader.ts';

export class FrameQueue {
  readonly #pool: ChunkPool;
  readonly #copy: CopyBytes;
  readonly #limit: number;
  /** Oldest first, none empty. BOUNDED by the limit in bytes, and one datagram. */
  readonly #chunks: Chunk[] = [];
  #bytes = 0;

  /** @param limit bytes that may wait, headers included; a single datagram is always taken */
  constructor(pool: ChunkPool, copy: CopyBytes, limit: number) {
    this.#pool = pool;
    this.#copy = copy;
    this.#limit = limit;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Adds a datagram of 1 to 65535 bytes. Returns how many older ones were dropped for it. */
  push(source: Uint8Array, offset: number, length: number): number {
    const size = FRAME_HEADER_BYTES + length;
    let dropped = 0;
    while (this.#bytes > 0 && this.#bytes + size > this.#limit) {
      this.#dropOldest();
      dropped++;
    }
    const chunk = this.#chunkFor(size);
    const { bytes, end } = chunk;
    bytes[end] = length >>> 8;
    bytes[end + 1] = length & 0xff;
    this.#copy(bytes, end + FRAME_HEADER_BYTES, source, offset, length);
    chunk.end = end + size;
    this.#bytes += size;
    return dropped;
  }

  /** The oldest batch of whole frames, now the caller's, who gives it back to the pool. */
  take(): Chunk | undefined {
    const chunk = this.#chunks.shift();
    if (chunk !== undefined) this.#bytes -= chunk.end - chunk.start;
    return chunk;
  }

  clear(): void {
    for (let chunk = this.take(); chunk !== undefined; chunk = this.take()) this.#pool.give(chunk);
  }

  #chunkFor(size: number): Chunk {
    const last = this.#chunks.at(-1);
    if (last !== undefined && last.end + size <= CHUNK_BYTES) return last;
    const fresh = this.#pool.take();
    this.#chunks.push(fresh);
    return fresh;
  }

  #dropOldest(): void {
    const chunk = this.#chunks[0];
    const { bytes, start } = chunk;
    const size = FRAME_HEADER_BYTES + ((bytes[start] << 8) | bytes[start + 1]);
    chunk.start = start + size;
    this.#bytes -= size;
    if (chunk.start < chunk.end) return;
    this.#chunks.shift();
    this.#pool.give(chunk);
  }
}
