/** One input under all limits that a target has: what it may throw, how long it may take, what it may allocate. */
import { getHeapStatistics } from 'node:v8';
import type { FuzzTarget, Note } from './target.ts';
import { BrokenPromise, DEFAULTS } from './target.ts';

/** A slow input must be slow each time: other work on the machine is not its fault. */
const TRIES = 3;

/** Runs the input; returns what is wrong, or undefined. */
export function judge(target: FuzzTarget, input: Uint8Array, note: Note): Error | undefined {
  const { heapBytes = DEFAULTS.heapBytes, milliseconds = DEFAULTS.milliseconds } = target;
  const before = heapInUse();
  const first = run(target, input, note);
  const grown = heapInUse() - before;
  if (first.error !== undefined) return first.error;
  if (grown > heapBytes) return new BrokenPromise(`allocated ${grown} bytes`);
  let fastest = first.milliseconds;
  for (let tries = 1; fastest > milliseconds && tries < TRIES; tries++)
    fastest = Math.min(fastest, run(target, input, note).milliseconds);
  return fastest > milliseconds ? new BrokenPromise(`took ${Math.round(fastest)} ms`) : undefined;
}

function run({ probe }: FuzzTarget, input: Uint8Array, note: Note): { error?: Error; milliseconds: number } {
  const start = performance.now();
  try {
    probe(input.slice(), note);
  } catch (error) {
    return { error: error instanceof Error ? error : new Error(String(error)), milliseconds: 0 };
  }
  return { milliseconds: performance.now() - start };
}

/** What the garbage collector has not taken yet counts, so this bounds what one input allocates from above. */
function heapInUse(): number {
  const { used_heap_size, external_memory } = getHeapStatistics();
  return used_heap_size + external_memory;
}
