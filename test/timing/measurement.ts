/** How long two classes of the same work take, measured in turns. */
import { SeededRandom } from '../../src/testing/seeded-random.ts';
import type { Sample } from './welch.ts';

export interface Measured {
  /** Puts the input of class 0 or 1 in place; not measured. */
  readonly prepare: (kind: number) => void;
  /** The same work for both classes. */
  readonly run: () => void;
}

/**
 * Work on one of two inputs, always in the same place: which cache lines an array lies on would make a
 * difference too.
 */
export function alternating(inputs: readonly Uint8Array[], work: (input: Uint8Array) => void): Measured {
  const input = new Uint8Array(inputs[0] ?? []);
  return { prepare: (kind) => input.set(inputs[kind] ?? []), run: () => work(input) };
}

/** One call is too short for the clock. */
const TARGET_NANOSECONDS = 2_000;

function nanoseconds({ prepare, run }: Measured, kind: number, repeats: number): number {
  prepare(kind);
  const start = process.hrtime.bigint();
  for (let i = 0; i < repeats; i++) run();
  return Number(process.hrtime.bigint() - start);
}

/** How many calls make a measurement; warms up besides. */
export function repeatsFor(measured: Measured): number {
  for (let round = 0; round < 200; round++) nanoseconds(measured, round & 1, 100);
  const one = nanoseconds(measured, 0, 200) / 200;
  return Math.max(1, Math.round(TARGET_NANOSECONDS / one));
}

/** Classes in random order, so that nothing that changes with time falls on one of them. */
export function measure(measured: Measured, repeats: number, count: number, seed: number): Sample[] {
  const random = new SeededRandom(seed);
  return Array.from({ length: count }, () => {
    const kind = random.uint32() & 1;
    return { kind, nanoseconds: nanoseconds(measured, kind, repeats) };
  });
}
