/** A thread that helps a data-plane worker to seal and open, and does nothing else. */
import { parentPort, workerData } from 'node:worker_threads';
import type { AeadKernel } from '../../kernels/kernel.ts';
import { KERNEL_NAMES } from '../../kernels/kernel.ts';
import { createAeadKernel, warmUpKernel } from '../../kernels/select.ts';
import { KEY_BYTES } from '../../protocol/constants.ts';
import { Arena } from '../arena.ts';
import type { CryptoThreadSetup } from './crypto-thread.ts';
import { SharedBatch } from './shared-batch.ts';

const setup = workerData as CryptoThreadSetup;
const batch = new SharedBatch(setup.batch);
const arena = new Arena(setup.memory, setup.start, setup.end);

/** No key stays in a kernel that keeps the last one it was given. */
function forget(kernel: AeadKernel, zeros: number): void {
  kernel.open(zeros, zeros, 0);
}

function help(kernel: AeadKernel): void {
  const zeros = arena.reserve(KEY_BYTES);
  do {
    if (batch.work(kernel) > 0) forget(kernel, zeros);
  } while (batch.rest());
}

const index = batch.awaitKernel();
if (index !== undefined) {
  const kernel = createAeadKernel(KERNEL_NAMES[index], arena);
  warmUpKernel(kernel, arena);
  parentPort?.postMessage('ready');
  help(kernel);
}
