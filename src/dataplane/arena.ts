/**
 * The one memory that packets live in.
 *
 * The operating system reads into it, the kernels work in place, the operating system writes out of
 * it. It is a fixed shared WebAssembly memory, so every worker and every kernel sees the same bytes,
 * nothing is copied between them, and the data plane cannot grow. Whoever needs a region reserves
 * it once at start:
 *
 *     0        64 KiB   reserved for the data segments of the WASM kernels
 *     64 KiB   ...      regions, in the order of their reservation
 *     ...      end      parts of other threads, each with its regions (`dataplane/crypto-pool`)
 */
export const ARENA_PAGE = 65536;

/** @param pages size in 64 KiB units, fixed for the life of the memory */
export function arenaMemory(pages: number): WebAssembly.Memory {
  return new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
}

export class Arena {
  readonly memory: WebAssembly.Memory;
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly u32: Uint32Array;
  readonly #end: number;
  #next: number;

  /**
   * @param memory pages, for a memory of its own; or the memory that it is a part of
   * @param start where its regions begin, and
   * @param end behind its last one, byte offsets
   */
  constructor(memory: number | WebAssembly.Memory, start = ARENA_PAGE, end = Number.POSITIVE_INFINITY) {
    this.memory = typeof memory === 'number' ? arenaMemory(memory) : memory;
    this.bytes = new Uint8Array(this.memory.buffer);
    this.view = new DataView(this.memory.buffer);
    this.u32 = new Uint32Array(this.memory.buffer);
    this.#next = start;
    this.#end = Math.min(end, this.bytes.length);
  }

  /** Sets `size` bytes aside and returns their offset. Throws when the arena is full: sizes are constants, so this is a bug. */
  reserve(size: number, align = 64): number {
    const offset = Math.ceil(this.#next / align) * align;
    if (offset + size > this.#end) throw new RangeError(`arena of ${this.#end} bytes cannot hold ${size} more`);
    this.#next = offset + size;
    return offset;
  }
}
