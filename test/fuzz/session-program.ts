/**
 * The thread in which one target is fuzzed, of the instrumented copy of the tree. What it runs just now
 * stands in shared memory, for the thread that watches: an input that never ends is found there.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { CoverageMap } from './engine/coverage-map.ts';
import { Fuzzer } from './engine/fuzzer.ts';
import { CURRENT } from './engine/watched-input.ts';
import type { SessionOrder, SessionResult } from './session.ts';

const { target, inputs, budget, current } = workerData as SessionOrder;
const words = new Int32Array(current, 0, CURRENT.inputAt / 4);
const bytes = new Uint8Array(current, CURRENT.inputAt);

function publish(input: Uint8Array): void {
  const length = Math.min(input.length, bytes.length);
  bytes.set(input.subarray(0, length));
  Atomics.store(words, CURRENT.length, length);
  Atomics.add(words, CURRENT.executions, 1);
}

const map = new CoverageMap();
map.install();
const { loadTarget } = await import('./targets.ts');
const loaded = await loadTarget(target);
const seeds = loaded.seeds.map((seed) => new Uint8Array(Buffer.from(seed as string)));
const { crashes, ...result } = new Fuzzer(loaded, map, budget.seed, publish).run([...seeds, ...inputs], budget);
const told = crashes.map(({ input, error }) => ({ input, message: error.stack ?? error.message }));
parentPort?.postMessage({ ...result, crashes: told } satisfies SessionResult);
