/** What the demo says: lines, tables, and a progress line that is overwritten on a terminal. */

export interface DemoConsole {
  line(text: string): void;
  /** The first line of a part. */
  heading(text: string): void;
  /** Replaces the last progress text; without a terminal, at most one line a second. */
  progress(text: string): void;
  endProgress(): void;
}

const PLAIN_INTERVAL_MS = 1000;
const CLEAR_LINE = '\r\u001b[K';
const BOLD = '\u001b[1m';
const RESET = '\u001b[0m';

/** @param write takes whole texts; @param isTerminal decides about escape sequences */
export function demoConsole(write: (text: string) => void, isTerminal = process.stdout.isTTY): DemoConsole {
  const clear = isTerminal ? CLEAR_LINE : '';
  // Parts that are done within the interval say nothing while they go on.
  let lastPlain = performance.now();
  return {
    line: (text) => write(`${text}\n`),
    heading: (text) => write(isTerminal ? `${BOLD}${text}${RESET}\n` : `${text}\n`),
    progress(text) {
      if (isTerminal) write(clear + text);
      else if (performance.now() - lastPlain >= PLAIN_INTERVAL_MS) {
        lastPlain = performance.now();
        write(`${text}\n`);
      }
    },
    endProgress() {
      write(clear);
      lastPlain = performance.now();
    },
  };
}

/** Rows as aligned columns, two spaces between them and before the first. Cells of `numeric` columns are right-aligned. */
export function tableLines(rows: readonly (readonly string[])[], numeric: readonly number[] = []): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  return rows.map((row) => {
    const cells = row.map((cell, column) => {
      const width = widths[column] ?? 0;
      return numeric.includes(column) ? cell.padStart(width) : cell.padEnd(width);
    });
    return `  ${cells.join('  ')}`.trimEnd();
  });
}
