/** The AEAD of a data-plane worker that has threads to help it: large batches are shared, small ones are not. */
import type { AeadKernel, KernelName } from '../../kernels/kernel.ts';
import type { SharedBatch } from './shared-batch.ts';
import { CHUNK_JOBS } from './shared-batch.ts';

/** Packets. Waking a thread takes about as long as sealing so many. */
const WORTH_SHARING = 3 * CHUNK_JOBS;

export class PooledKernel implements AeadKernel {
  readonly name: KernelName;
  readonly #own: AeadKernel;
  readonly #batch: SharedBatch;

  /** @param own does what this thread does of the work */
  constructor(own: AeadKernel, batch: SharedBatch) {
    this.name = own.name;
    this.#own = own;
    this.#batch = batch;
  }

  seal(key: number, jobs: number, count: number): void {
    if (count < WORTH_SHARING) {
      this.#own.seal(key, jobs, count);
      return;
    }
    this.#batch.offer('seal', key, jobs, count);
    this.#batch.work(this.#own);
    this.#batch.finish();
  }

  open(key: number, jobs: number, count: number): number {
    if (count < WORTH_SHARING) return this.#own.open(key, jobs, count);
    this.#batch.offer('open', key, jobs, count);
    this.#batch.work(this.#own);
    return this.#batch.finish();
  }
}
