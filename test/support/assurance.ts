/**
 * Rows for `docs/assurance.md`. Whoever has figures to show writes a file into `assurance/`;
 * `npm run assurance` makes the page from all of them.
 *
 *     { "format": 1, "section": "Simulated worlds", "rows": [{ "what", "figure", "command", "date" }] }
 */
import { mkdirSync, writeFileSync } from 'node:fs';

export interface AssuranceRow {
  readonly what: string;
  readonly figure: string;
  /** Shows it again. */
  readonly command: string;
}

const FORMAT = 1;

/** @param name of the file, `kebab-case` */
export function writeAssurance(
  name: string,
  section: string,
  rows: readonly AssuranceRow[],
  folder = 'assurance',
): void {
  const date = new Date().toISOString().slice(0, 10);
  mkdirSync(folder, { recursive: true });
  const content = { format: FORMAT, section, rows: rows.map((row) => ({ ...row, date })) };
  writeFileSync(`${folder}/${name}.json`, `${JSON.stringify(content, undefined, 2)}\n`);
}
