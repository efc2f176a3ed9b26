/** Timing what is much shorter than a clock tick matters: batches, many of them, and the median. */
import { median } from './results/statistics.ts';

/** Batches timed at most, of a work that is over at once. */
const MOST_BATCHES = 20_000;
const LEAST_BATCHES = 5;

export interface BatchTiming {
  /** How long to go on. */
  readonly milliseconds: number;
  /** Packets, or whatever is counted, in one batch. */
  readonly perBatch: number;
  /** Done before each batch and not timed. */
  readonly prepare?: () => void;
}

/**
 * Median nanoseconds per packet over batches of `work`. Another process that takes the processor away
 * falls on few batches, and the median does not see it.
 */
export function nanosecondsEach(work: () => void, { milliseconds, perBatch, prepare }: BatchTiming): number {
  const samples: number[] = [];
  const end = performance.now() + milliseconds;
  while (samples.length < LEAST_BATCHES || (performance.now() < end && samples.length < MOST_BATCHES)) {
    prepare?.();
    const began = performance.now();
    work();
    samples.push(performance.now() - began);
  }
  return (median(samples) * 1e6) / perBatch;
}
