/** Threads that live through simulated worlds until there have been enough, and the sum of what they tell. */
import { Worker } from 'node:worker_threads';
import { addOutcome } from '../../sim/worlds/failure-report.ts';
import type { Outcome, Violation } from '../../sim/worlds/run-scenario.ts';
import { MemorySlope } from '../memory-slope.ts';
import type { SimOrder, SimReport } from './sim-messages.ts';

const HOUR = 3_600_000;
const MINUTE = 60_000;

export interface SimLimits {
  /** Simulated hours, and minutes of real time. */
  readonly hours: number;
  readonly minutes: number;
  readonly workers: number;
  readonly seed: number;
}

export interface FailedSeed {
  readonly seed: number;
  readonly violation: Violation;
}

export interface SimSum {
  readonly scenarios: number;
  readonly minutes: number;
  readonly outcome: Outcome;
  readonly failed: readonly FailedSeed[];
  readonly memory: MemorySlope;
}

/** Failures that are remembered; where there are more, something is wrong that one look shows. */
const MAX_FAILURES = 16;

const NOTHING: Outcome = {
  violation: undefined,
  lived: 0,
  steps: 0,
  datagrams: 0,
  packets: 0,
  packetBytes: 0,
  handshakes: 0,
  recoveries: 0,
  slowestRecovery: 0,
  slowestShare: 0,
  digest: 0,
};

/** Ends early, with what there is, when too much fails. */
export async function runSimulations(limits: SimLimits, onProgress: (sum: SimSum) => void): Promise<SimSum> {
  const stop = new SharedArrayBuffer(4);
  const collector = new Collector(limits, stop, onProgress);
  const threads = Array.from({ length: limits.workers }, (_, index) => {
    const workerData: SimOrder = { firstSeed: limits.seed + index, step: limits.workers, stop };
    return new Worker(new URL('./sim-worker-program.js', import.meta.url), { workerData });
  });
  await Promise.all(threads.map((thread, index) => collector.follow(thread, index)));
  return collector.sum;
}

class Collector {
  #scenarios = 0;
  #outcome = NOTHING;
  readonly #failed: FailedSeed[] = [];
  readonly #memory = new MemorySlope();
  /** Of each thread, when it last said. BOUNDED by the threads. */
  readonly #heaps = new Map<number, number>();
  readonly #began = performance.now();
  readonly #limits: SimLimits;
  readonly #stop: Int32Array;
  readonly #onProgress: (sum: SimSum) => void;

  constructor(limits: SimLimits, stop: SharedArrayBuffer, onProgress: (sum: SimSum) => void) {
    this.#limits = limits;
    this.#stop = new Int32Array(stop);
    this.#onProgress = onProgress;
  }

  get sum(): SimSum {
    const minutes = (performance.now() - this.#began) / MINUTE;
    return { scenarios: this.#scenarios, minutes, outcome: this.#outcome, failed: this.#failed, memory: this.#memory };
  }

  /** Resolves when the thread has ended. */
  follow(thread: Worker, index: number): Promise<void> {
    thread.on('message', (report: SimReport) => this.#take(index, report));
    return new Promise((resolve, reject) => {
      thread.once('error', reject);
      thread.once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`a thread ended with ${code}`))));
    });
  }

  #take(index: number, { seed, outcome, heap }: SimReport): void {
    this.#scenarios += 1;
    this.#outcome = addOutcome(this.#outcome, outcome);
    if (outcome.violation !== undefined) this.#failed.push({ seed, violation: outcome.violation });
    if (heap !== undefined) this.#takeHeap(index, heap);
    const { minutes } = this.sum;
    const limits = this.#limits;
    const isEnough = this.#outcome.lived >= limits.hours * HOUR || minutes >= limits.minutes;
    if (isEnough || this.#failed.length >= MAX_FAILURES) Atomics.store(this.#stop, 0, 1);
    this.#onProgress(this.sum);
  }

  #takeHeap(index: number, heap: number): void {
    this.#heaps.set(index, heap);
    if (this.#heaps.size < this.#limits.workers) return;
    const all = [...this.#heaps.values()].reduce((sum, each) => sum + each, 0);
    this.#memory.add({ minutes: this.sum.minutes, rss: process.memoryUsage().rss, heap: all });
  }
}
