/** Lines of a file, changed and put in so that their neighbours stay as they are. */
import type { ConfigLine } from '../config/line-scanner.ts';
import { scanLine } from '../config/line-scanner.ts';
import { configLine } from '../config/serialise.ts';

export type EntryLine = ConfigLine & { readonly content: Extract<ConfigLine['content'], { kind: 'entry' }> };

/** The line end that a file uses. */
export function lineEndOf(lines: readonly ConfigLine[]): string {
  return lines.find(({ end }) => end !== '')?.end ?? '\n';
}

/** @throws SerialiseError */
export function entryLine(key: string, value: string, end: string): ConfigLine {
  return bareLine(configLine({ key, value }), end);
}

/** A written line with another line end. */
export function bareLine(written: string, end: string): ConfigLine {
  return scanLine(written.slice(0, -1), end);
}

/** The line with another value, and nothing else changed; undefined where there is none for it. */
export function lineWithValue({ text, end, content }: EntryLine, value: string | undefined): ConfigLine | undefined {
  if (value === undefined) return undefined;
  const before = text.slice(0, content.valueStart);
  const gap = content.value === '' && before.endsWith('=') ? ' ' : '';
  return scanLine(`${before}${gap}${value}${text.slice(content.valueEnd)}`, end);
}

/** Puts lines before the index `at`, and leaves out those that are undefined. */
export function insertLines(
  lines: ReadonlyArray<ConfigLine | undefined>,
  at: number,
  added: readonly ConfigLine[],
): ConfigLine[] {
  const before = lines.slice(0, at).filter((line) => line !== undefined);
  const after = lines.slice(at).filter((line) => line !== undefined);
  const last = before.at(-1);
  // The last line of a file may have no line end, until another follows.
  if (last?.end === '' && added.length > 0)
    before[before.length - 1] = scanLine(last.text, lineEndOf([...before, ...added]));
  return [...before, ...added, ...after];
}
