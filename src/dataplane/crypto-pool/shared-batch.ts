/**
 * A batch of packets that several threads seal or open together. It is cut into chunks, and whoever has
 * time takes the next one: the thread whose batch it is, which begins at once, and helpers, as soon as they
 * are awake. The batch is done when all its chunks are, so the packets stay in their order, and whoever
 * finds nobody to help has lost nothing.
 *
 * Without locks. All that can be taken is in one word, the ticket, and taking a chunk is adding one to it:
 *
 *     | number of the batch 16 | chunks 8 | next chunk 8 |
 *
 * What the batch consists of is written before its ticket and read after a chunk has been taken. It cannot
 * change in between, as the next batch comes only when every chunk that was taken is done.
 */
import type { AeadKernel } from '../../kernels/kernel.ts';
import { JOB, MAX_JOBS } from '../../kernels/kernel.ts';

/** Packets; so many take some 15 µs. */
export const CHUNK_JOBS = 16;

export type BatchTask = 'seal' | 'open';

const TASKS: readonly BatchTask[] = ['seal', 'open'];
const CELL = { ticket: 0, done: 1, forged: 2, task: 3, key: 4, jobs: 5, count: 6, stop: 7, kernel: 8 } as const;
const CELLS = 9;

/** How long a helper may take for the chunk that it has taken; it may have to wait for a processor. */
const PATIENCE_MS = 2_000;
/** Looks before the thread lies down for the rest. */
const SPINS = 2_000;
const NAP_MS = 1;

export function batchMemory(): SharedArrayBuffer {
  return new SharedArrayBuffer(CELLS * Int32Array.BYTES_PER_ELEMENT);
}

/** Seen by all its threads. One of them offers batches; chunks are taken by all. */
export class SharedBatch {
  readonly #cells: Int32Array;
  #number = 0;

  constructor(memory: SharedArrayBuffer) {
    this.#cells = new Int32Array(memory);
  }

  /** At most MAX_JOBS jobs. The batch before must be finished. */
  offer(task: BatchTask, key: number, jobs: number, count: number): void {
    const cells = this.#cells;
    cells[CELL.task] = TASKS.indexOf(task);
    cells[CELL.key] = key;
    cells[CELL.jobs] = jobs;
    cells[CELL.count] = count;
    cells[CELL.forged] = 0;
    Atomics.store(cells, CELL.done, 0);
    this.#number = (this.#number + 1) & 0xffff;
    Atomics.store(cells, CELL.ticket, (this.#number << 16) | (chunksOf(count) << 8));
    Atomics.notify(cells, CELL.ticket);
  }

  /** Takes chunks and does them with `kernel` until there are none left. Returns how many. */
  work(kernel: AeadKernel): number {
    let chunks = 0;
    for (let chunk = this.#take(); chunk >= 0; chunk = this.#take()) {
      this.#do(chunk, kernel);
      chunks += 1;
    }
    return chunks;
  }

  /**
   * Waits for the chunks that others have taken; returns how many packets were forged.
   *
   * @throws Error where somebody has taken one and does not come back
   */
  finish(): number {
    const cells = this.#cells;
    const chunks = chunksOf(cells[CELL.count]);
    for (let spin = 0; Atomics.load(cells, CELL.done) < chunks; spin += 1) {
      if (spin < SPINS) continue;
      if (spin - SPINS > PATIENCE_MS / NAP_MS) throw new Error('a thread for encryption does not come back');
      Atomics.wait(cells, CELL.done, Atomics.load(cells, CELL.done), NAP_MS);
    }
    return Atomics.load(cells, CELL.forged);
  }

  /** Sleeps until there is something to do. False when nothing ever will be. */
  rest(): boolean {
    const ticket = Atomics.load(this.#cells, CELL.ticket);
    if (this.isStopped) return false;
    if (isTaken(ticket)) Atomics.wait(this.#cells, CELL.ticket, ticket);
    return !this.isStopped;
  }

  /** Ends the rest of all helpers, also of those who are just lying down: the ticket is another one. */
  stop(): void {
    Atomics.store(this.#cells, CELL.stop, 1);
    Atomics.add(this.#cells, CELL.ticket, 1 << 16);
    Atomics.notify(this.#cells, CELL.ticket);
    Atomics.notify(this.#cells, CELL.kernel);
  }

  get isStopped(): boolean {
    return Atomics.load(this.#cells, CELL.stop) !== 0;
  }

  /** Which of the kernels all are to use, as an index into their names. */
  announceKernel(index: number): void {
    Atomics.store(this.#cells, CELL.kernel, index + 1);
    Atomics.notify(this.#cells, CELL.kernel);
  }

  /** Waits for the announcement; undefined where there will be none. */
  awaitKernel(): number | undefined {
    while (!this.isStopped) {
      const announced = Atomics.load(this.#cells, CELL.kernel);
      if (announced > 0) return announced - 1;
      Atomics.wait(this.#cells, CELL.kernel, 0, 100);
    }
    return undefined;
  }

  #take(): number {
    for (;;) {
      const ticket = Atomics.load(this.#cells, CELL.ticket);
      if (isTaken(ticket)) return -1;
      if (Atomics.compareExchange(this.#cells, CELL.ticket, ticket, ticket + 1) === ticket) return ticket & 0xff;
    }
  }

  #do(chunk: number, kernel: AeadKernel): void {
    const cells = this.#cells;
    const key = cells[CELL.key];
    const first = chunk * CHUNK_JOBS;
    const jobs = cells[CELL.jobs] + first * JOB.bytes;
    const count = Math.min(CHUNK_JOBS, cells[CELL.count] - first);
    if (cells[CELL.task] === 0) kernel.seal(key, jobs, count);
    else {
      const forged = kernel.open(key, jobs, count);
      if (forged > 0) Atomics.add(cells, CELL.forged, forged);
    }
    Atomics.add(cells, CELL.done, 1);
    Atomics.notify(cells, CELL.done);
  }
}

function isTaken(ticket: number): boolean {
  return (ticket & 0xff) >= ((ticket >>> 8) & 0xff);
}

function chunksOf(count: number): number {
  if (count > MAX_JOBS) throw new RangeError(`a batch has at most ${MAX_JOBS} packets, not ${count}`);
  return Math.ceil(count / CHUNK_JOBS);
}
