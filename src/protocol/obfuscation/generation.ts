/**
 * The generations of AmneziaWG. They differ in which parameters they know, and in what a few tags of
 * signature packets produce; docs/protocol.md has the table.
 */

/** Oldest first. */
export const GENERATIONS = ['1.0', '1.5', '2.0', '3.0', '3.1'] as const;

export type Generation = (typeof GENERATIONS)[number];

export function isGeneration(text: string): text is Generation {
  return (GENERATIONS as readonly string[]).includes(text);
}

/** Whether `a` came after `b`. */
export function isLater(a: Generation, b: Generation): boolean {
  return GENERATIONS.indexOf(a) > GENERATIONS.indexOf(b);
}
