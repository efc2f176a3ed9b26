/** Which known key an unknown one was probably meant to be. */

/** What was typed is cut at this length, which bounds the work on hostile input. */
const COMPARED_CHARACTERS = 64;

/**
 * The candidate with the fewest edits (insert, delete, replace, swap neighbours; letter case is free)
 * from `typed`, or undefined when more than half of it would have to change.
 */
export function nearestName(typed: string, candidates: Iterable<string>): string | undefined {
  const word = typed.slice(0, COMPARED_CHARACTERS).toLowerCase();
  let nearest: string | undefined;
  let fewest = Math.floor(word.length / 2) + 1;
  for (const candidate of candidates) {
    const edits = editDistance(word, candidate.toLowerCase());
    if (edits < fewest) {
      nearest = candidate;
      fewest = edits;
    }
  }
  return nearest;
}

/** Optimal string alignment distance; the work is the product of the lengths. */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      current.push(cheapest(a, b, row, column, { beforeLast, last, current }));
    }
    beforeLast = last;
    last = current;
  }
  return last[b.length] ?? 0;
}

interface Rows {
  readonly beforeLast: readonly number[];
  readonly last: readonly number[];
  readonly current: readonly number[];
}

function cheapest(a: string, b: string, row: number, column: number, rows: Rows): number {
  const at = (line: readonly number[], index: number): number => line[index] ?? Number.POSITIVE_INFINITY;
  const replaced = at(rows.last, column - 1) + (a[row - 1] === b[column - 1] ? 0 : 1);
  const best = Math.min(replaced, at(rows.last, column) + 1, at(rows.current, column - 1) + 1);
  const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
  return swapped ? Math.min(best, at(rows.beforeLast, column - 2) + 1) : best;
}
