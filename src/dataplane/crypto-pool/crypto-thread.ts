/** The threads that help one data-plane worker, as the control thread holds them. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { ARENA_PAGE } from '../arena.ts';
import { batchMemory, SharedBatch } from './shared-batch.ts';

export interface CryptoThreadSetup {
  readonly batch: SharedArrayBuffer;
  readonly memory: WebAssembly.Memory;
  /** The part of the memory that is the thread's own, byte offsets. */
  readonly start: number;
  readonly end: number;
}

/** What the data-plane worker gets. */
export interface CryptoPoolHandle {
  readonly batch: SharedArrayBuffer;
}

/** Its kernel with what that needs, and packets to warm it up with. */
const PAGES_EACH = 4;
const RESOURCE_LIMITS = { maxYoungGenerationSizeMb: 2, maxOldGenerationSizeMb: 32 };
const FILE = new URL(
  import.meta.url.endsWith('.ts') ? './crypto-thread-main.ts' : './crypto-thread-main.js',
  import.meta.url,
);

/** Pages of 64 KiB that so many threads need behind those of the data plane. */
export function poolPages(threads: number): number {
  return threads * PAGES_EACH;
}

export class CryptoThreads {
  readonly handle: CryptoPoolHandle;
  /** Resolves when all help. Rejects when one ends before. */
  readonly ready: Promise<unknown>;
  /** Resolves when all are gone. */
  readonly ended: Promise<unknown>;
  readonly #batch: SharedBatch;
  #isStopping = false;

  /**
   * @param memory of the data plane, whose last pages are for these threads
   * @param onEnd hears of one that has ended without being told to
   */
  constructor(threads: number, memory: WebAssembly.Memory, onEnd: (error: Error) => void) {
    const batch = batchMemory();
    this.handle = { batch };
    this.#batch = new SharedBatch(batch);
    const first = memory.buffer.byteLength - poolPages(threads) * ARENA_PAGE;
    const workers = Array.from({ length: threads }, (_, index) => {
      const start = first + index * PAGES_EACH * ARENA_PAGE;
      const setup: CryptoThreadSetup = { batch, memory, start, end: start + PAGES_EACH * ARENA_PAGE };
      return new Worker(FILE, { workerData: setup, resourceLimits: RESOURCE_LIMITS });
    });
    this.ready = Promise.all(workers.map((worker) => once(worker, 'message')));
    this.ended = Promise.all(workers.map((worker) => this.#watch(worker, onEnd)));
  }

  stop(): void {
    this.#isStopping = true;
    this.#batch.stop();
  }

  #watch(worker: Worker, onEnd: (error: Error) => void): Promise<void> {
    let failure = new Error('a thread for encryption ended');
    worker.once('error', (error: Error) => {
      failure = error;
    });
    return new Promise((resolve) => {
      worker.once('exit', () => {
        if (!this.#isStopping) onEnd(failure);
        resolve();
      });
    });
  }
}
