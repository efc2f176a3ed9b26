/**
 * Two runs side by side. A figure counts as worse when its median is more than the threshold worse
 * and the middle halves of the rounds do not even touch: one of the two alone is noise.
 *
 * Where both runs held a figure against the same yardstick, the ratios are compared. They do not mind
 * a machine that was busier, or another one. What is not ours is left out.
 */
import type { Figure } from './figure.ts';
import { keyOf } from './figure.ts';
import { median, quartiles, ratiosOf } from './statistics.ts';

/** Fewer rounds do not show how noisy they are. */
const LEAST_ROUNDS = 3;

const DEFAULT_THRESHOLD = 0.05;

export type Verdict = 'worse' | 'better' | 'unchanged' | 'noise' | 'too few rounds';

export interface ComparedFigure {
  readonly figure: Figure;
  /** Medians, of the ratios where `relative`. */
  readonly before: number;
  readonly after: number;
  readonly relative: boolean;
  /** How much worse it got, as a part of what it was; negative where it got better. */
  readonly worsening: number;
  readonly verdict: Verdict;
}

export interface Comparison {
  readonly compared: readonly ComparedFigure[];
  /** Keys of figures that only one of the runs has. */
  readonly missing: readonly string[];
  readonly added: readonly string[];
}

export function compareFigures(
  before: readonly Figure[],
  after: readonly Figure[],
  threshold = DEFAULT_THRESHOLD,
): Comparison {
  const known = new Map(before.filter(isOurs).map((figure) => [keyOf(figure), figure]));
  const ours = after.filter(isOurs);
  const now = new Set(ours.map(keyOf));
  const own = new Set(ours.map(({ subject }) => subject));
  return {
    compared: ours.flatMap((figure) => {
      const earlier = known.get(keyOf(figure));
      return earlier === undefined ? [] : [compareOne(samplesOf(earlier, figure, own), earlier, figure, threshold)];
    }),
    missing: [...known.keys()].filter((key) => !now.has(key)),
    added: [...now].filter((key) => !known.has(key)),
  };
}

const isOurs = ({ foreign }: Figure): boolean => foreign !== true;

export function regressions({ compared }: Comparison): ComparedFigure[] {
  return compared.filter(({ verdict }) => verdict === 'worse');
}

interface Samples {
  readonly before: readonly number[];
  readonly after: readonly number[];
  readonly relative: boolean;
}

function compareOne(samples: Samples, earlier: Figure, figure: Figure, threshold: number): ComparedFigure {
  const before = median(samples.before);
  const after = median(samples.after);
  const worsening = worseningOf(before, after, figure.measure.better);
  const isBelowFloor = Math.abs(median(figure.rounds) - median(earlier.rounds)) < (figure.measure.floor ?? 0);
  const isSmall = before === after || Math.abs(worsening) <= threshold || isBelowFloor;
  const verdict = isSmall ? 'unchanged' : verdictOf(samples, worsening);
  return { figure, before, after, relative: samples.relative, worsening, verdict };
}

/** A yardstick of our own, shown in a table, would hide what got worse in both. */
function samplesOf(earlier: Figure, figure: Figure, own: ReadonlySet<string>): Samples {
  const before = ratiosOf(earlier.rounds, earlier.yardstick?.rounds ?? []);
  const after = ratiosOf(figure.rounds, figure.yardstick?.rounds ?? []);
  const name = figure.yardstick?.name ?? '';
  const isUsable = earlier.yardstick?.name === name && !own.has(name);
  if (before !== undefined && after !== undefined && isUsable) return { before, after, relative: true };
  return { before: earlier.rounds, after: figure.rounds, relative: false };
}

function worseningOf(before: number, after: number, better: 'lower' | 'higher'): number {
  if (before === after) return 0;
  return better === 'lower' ? after / before - 1 : before / after - 1;
}

function verdictOf({ before, after }: Samples, worsening: number): Verdict {
  if (Math.min(before.length, after.length) < LEAST_ROUNDS) return 'too few rounds';
  const [old, now] = [quartiles(before), quartiles(after)];
  if (old.upper >= now.lower && now.upper >= old.lower) return 'noise';
  return worsening > 0 ? 'worse' : 'better';
}
