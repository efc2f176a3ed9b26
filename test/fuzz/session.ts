/** Fuzzes one target in a thread of its own, and ends it where an input hangs or eats all memory. */
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { FuzzBudget, FuzzResult } from './engine/fuzzer.ts';
import { CURRENT, currentInput } from './engine/watched-input.ts';

export interface SessionOrder {
  readonly target: string;
  readonly inputs: readonly Uint8Array[];
  readonly budget: FuzzBudget;
  readonly current: SharedArrayBuffer;
}

export interface SessionCrash {
  readonly input: Uint8Array;
  readonly message: string;
}

export interface SessionResult extends Omit<FuzzResult, 'crashes'> {
  readonly crashes: readonly SessionCrash[];
}

/** An input that runs for so long will not end. */
const HANG_MS = 20_000;
/** JavaScript objects beyond that end the thread. */
const HEAP_MIB = 1024;

/** @param program the compiled, instrumented `session-program` */
export async function runSession(program: string, order: Omit<SessionOrder, 'current'>): Promise<SessionResult> {
  const current = new SharedArrayBuffer(CURRENT.bytes);
  const worker = new Worker(pathToFileURL(program), {
    workerData: { ...order, current } satisfies SessionOrder,
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MIB },
  });
  const watch = watchForHang(worker, current);
  try {
    return await resultOf(worker);
  } catch (error) {
    return brokenOff(current, error instanceof Error ? error : new Error(String(error)));
  } finally {
    clearInterval(watch);
    await worker.terminate();
  }
}

function resultOf(worker: Worker): Promise<SessionResult> {
  return new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', () => reject(new Error(`did not end within ${HANG_MS} ms`)));
  });
}

function watchForHang(worker: Worker, current: SharedArrayBuffer): NodeJS.Timeout {
  const words = new Int32Array(current, 0, CURRENT.inputAt / 4);
  let seen = -1;
  return setInterval(() => {
    const executions = Atomics.load(words, CURRENT.executions);
    if (executions === seen && executions > 0) void worker.terminate();
    seen = executions;
  }, HANG_MS);
}

function brokenOff(current: SharedArrayBuffer, error: Error): SessionResult {
  const executions = new Int32Array(current)[CURRENT.executions] ?? 0;
  const crash = { input: currentInput(current), message: error.stack ?? error.message };
  return { executions, seconds: 0, branches: { taken: 0, all: 0 }, corpus: [], crashes: [crash] };
}
