/** Medians and ratios over rounds. */
import type { Measurement } from './measure.ts';

/** The value at `fraction` of the sorted samples, between neighbours by interpolation; NaN without samples. */
export function percentile(samples: readonly number[], fraction: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  const position = (sorted.length - 1) * fraction;
  const below = sorted[Math.floor(position)] ?? Number.NaN;
  const above = sorted[Math.ceil(position)] ?? Number.NaN;
  return below + (above - below) * (position - Math.floor(position));
}

export function medianMeasurement(rounds: readonly Measurement[]): Measurement {
  const median = (pick: (one: Measurement) => number): number => percentile(rounds.map(pick), 0.5);
  return {
    singleStreamBits: median((one) => one.singleStreamBits),
    fourStreamBits: median((one) => one.fourStreamBits),
    pingMedianMs: median((one) => one.pingMedianMs),
    pingP99Ms: median((one) => one.pingP99Ms),
    senderCpu: median((one) => one.senderCpu),
    receiverCpu: median((one) => one.receiverCpu),
    senderPeakBytes: median((one) => one.senderPeakBytes),
    receiverPeakBytes: median((one) => one.receiverPeakBytes),
    idleCpu: median((one) => one.idleCpu),
  };
}
