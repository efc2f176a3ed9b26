/** How long two classes of the same work take, measured in turns. */
import { SeededRandom } from '../../src/testing/seeded-random.ts';
import type { Sample } from './welch.ts';

export interface Measured {
  /** The same work for class 0 and class 1. */
  readonly run: (kind: number) => void;
}

/** One call is too short for the clock. */
const TARGET_NANOSECONDS = 2_000;

function nanoseconds(run: (kind: number) => void, kind: number, repeats: number): number {
  const start = process.hrtime.bigint();
  for (let i = 0; i < repeats; i++) run(kind);
  return Number(process.hrtime.bigint() - start);
}

/** How many calls make a measurement; warms up besides. */
export function repeatsFor({ run }: Measured): number {
  for (let i = 0; i < 20_000; i++) run(i & 1);
  const one = nanoseconds(run, 0, 200) / 200;
  return Math.max(1, Math.round(TARGET_NANOSECONDS / one));
}

/** Classes in random order, so that nothing that changes with time falls on one of them. */
export function measure({ run }: Measured, repeats: number, count: number, seed: number): Sample[] {
  const random = new SeededRandom(seed);
  return Array.from({ length: count }, () => {
    const kind = random.uint32() & 1;
    return { kind, nanoseconds: nanoseconds(run, kind, repeats) };
  });
}
