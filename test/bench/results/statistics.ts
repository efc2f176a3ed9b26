/** Medians, quartiles and ratios over rounds: what remains of a measurement when the noise is taken out. */
import type { Figure } from './figure.ts';

/** The value at `fraction` of the sorted samples, between neighbours by interpolation; NaN without samples. */
export function percentile(samples: ArrayLike<number>, fraction: number): number {
  const sorted = Float64Array.from(samples).sort();
  const position = (sorted.length - 1) * fraction;
  const below = sorted[Math.floor(position)] ?? Number.NaN;
  const above = sorted[Math.ceil(position)] ?? Number.NaN;
  return below + (above - below) * (position - Math.floor(position));
}

export function median(samples: ArrayLike<number>): number {
  return percentile(samples, 0.5);
}

/** The middle half of the samples. */
export interface Quartiles {
  readonly lower: number;
  readonly upper: number;
}

export function quartiles(samples: readonly number[]): Quartiles {
  return { lower: percentile(samples, 0.25), upper: percentile(samples, 0.75) };
}

/** Half the distance between the quartiles as a part of the median; 0 where everything is 0. */
export function relativeSpread(samples: readonly number[]): number {
  const { lower, upper } = quartiles(samples);
  return upper === lower ? 0 : (upper - lower) / 2 / Math.abs(median(samples));
}

/** Median of the ratios to the yardstick, each within its round; undefined without a usable yardstick. */
export function ratioToYardstick({ rounds, yardstick }: Figure): number | undefined {
  const ratios = ratiosOf(rounds, yardstick?.rounds ?? []);
  return ratios === undefined ? undefined : median(ratios);
}

/** Round by round; undefined unless both have the same number of rounds and no divisor is zero. */
export function ratiosOf(rounds: readonly number[], divisors: readonly number[]): number[] | undefined {
  if (rounds.length === 0 || rounds.length !== divisors.length) return undefined;
  const ratios = rounds.map((value, round) => value / divisors[round]);
  return ratios.every(Number.isFinite) ? ratios : undefined;
}
