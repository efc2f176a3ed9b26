/** Drawing what a preset leaves to chance. Everything takes the Random that the preset was asked for with. */
import type { Random } from '../../protocol/random.ts';
import { below } from '../../protocol/random.ts';
import { draw } from '../../protocol/range.ts';

/** Uniform over [low, high], both included. */
export function between(random: Random, low: number, high: number): number {
  return draw({ low, high }, random);
}

/** @param items not empty */
export function oneOf<T>(random: Random, items: readonly T[]): T {
  return items[below(random, items.length)];
}

/** A new array in an order that is uniform over all orders (Fisher and Yates). */
export function shuffled<T>(random: Random, items: readonly T[]): T[] {
  const order = [...items];
  for (let last = order.length - 1; last > 0; last--) {
    const other = below(random, last + 1);
    [order[last], order[other]] = [order[other], order[last]];
  }
  return order;
}

export function randomBytes(random: Random, count: number): Uint8Array {
  return random.fill(new Uint8Array(count));
}
