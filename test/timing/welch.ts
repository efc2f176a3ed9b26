/**
 * Whether two classes of measurements have the same mean: Welch's t-test as "dude, is my code constant time?"
 * uses it (Reparaz, Balasch, Verbauwhede, DATE 2017). Interrupts and the garbage collector make long tails
 * that hide everything, so the test is also made on what lies below some percentiles, and the worst counts.
 */

/** Beyond this a difference is no chance: the threshold of dudect for "definitely not constant time" is 500, of doubt 10. */
export const LEAK = 10;

/** Shares of all measurements, of both classes together, that are looked at. */
const CROPS = [1, 0.99, 0.95, 0.9, 0.75, 0.5, 0.25];

export interface Sample {
  /** 0 or 1. */
  readonly kind: number;
  readonly nanoseconds: number;
}

/** The largest |t| over all crops. */
export function worstT(samples: readonly Sample[]): number {
  const sorted = samples.map(({ nanoseconds }) => nanoseconds).sort((a, b) => a - b);
  const values = CROPS.map((share) => {
    const limit = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
    return Math.abs(welchT(samples.filter(({ nanoseconds }) => nanoseconds <= limit)));
  });
  return Math.max(...values);
}

/** 0 where a class has too few to tell. */
export function welchT(samples: readonly Sample[]): number {
  const [first, second] = [0, 1].map((kind) => moments(samples.filter((sample) => sample.kind === kind)));
  if (first === undefined || second === undefined || first.count < 100 || second.count < 100) return 0;
  const spread = Math.sqrt(first.variance / first.count + second.variance / second.count);
  return spread === 0 ? 0 : (first.mean - second.mean) / spread;
}

interface Moments {
  readonly count: number;
  readonly mean: number;
  readonly variance: number;
}

function moments(samples: readonly Sample[]): Moments {
  const count = samples.length;
  const mean = samples.reduce((sum, { nanoseconds }) => sum + nanoseconds, 0) / count;
  const variance = samples.reduce((sum, { nanoseconds }) => sum + (nanoseconds - mean) ** 2, 0) / (count - 1);
  return { count, mean, variance };
}
