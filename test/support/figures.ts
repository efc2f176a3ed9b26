/** Figures of one command for docs/assurance.md. */
import { basename, dirname } from 'node:path';
import { writeAssurance } from './assurance.ts';

export interface Figure {
  readonly what: string;
  readonly figure: string;
}

/** @param path of the file to write, a whole section */
export function writeFigures(path: string, section: string, command: string, figures: readonly Figure[]): void {
  const rows = figures.map((figure) => ({ ...figure, command }));
  writeAssurance(basename(path, '.json'), section, rows, dirname(path));
}

/** The same from a test, where AWG_VPN_ASSURANCE names a folder. */
export function recordFigures(name: string, section: string, command: string, figures: readonly Figure[]): void {
  const folder = process.env.AWG_VPN_ASSURANCE;
  if (folder !== undefined) writeFigures(`${folder}/${name}.json`, section, command, figures);
}
