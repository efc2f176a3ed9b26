/** How a daemon with a probe begins the line about its heap; the number of bytes follows. */
export const HEAP_LEFT = 'heap left: ';

/** The last one in what it has printed; undefined where there is none. */
export function lastHeapLeft(output: string): number | undefined {
  const at = output.lastIndexOf(HEAP_LEFT);
  const bytes = at < 0 ? Number.NaN : Number.parseInt(output.slice(at + HEAP_LEFT.length), 10);
  return Number.isNaN(bytes) ? undefined : bytes;
}
