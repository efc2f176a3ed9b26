/** A thread that lives through one scenario after the other, and tells the outcome of each. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { parentPort, workerData } from 'node:worker_threads';
import { drawScenario, hoursOfSeed } from '../../sim/worlds/draw-scenario.ts';
import { runScenario } from '../../sim/worlds/run-scenario.ts';
import type { SimOrder, SimReport } from './sim-messages.ts';

const HEAP_EVERY_MS = 5_000;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const { firstSeed, step, stop } = workerData as SimOrder;
const stopped = new Int32Array(stop);
let heapAt = performance.now();

for (let seed = firstSeed; Atomics.load(stopped, 0) === 0; seed += step) {
  const outcome = runScenario(drawScenario(seed, hoursOfSeed(seed)));
  const report: SimReport = { seed, outcome, heap: undefined };
  if (performance.now() - heapAt < HEAP_EVERY_MS) {
    parentPort?.postMessage(report);
    continue;
  }
  heapAt = performance.now();
  collect();
  parentPort?.postMessage({ ...report, heap: process.memoryUsage().heapUsed } satisfies SimReport);
}
