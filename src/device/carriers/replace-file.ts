/** Small files that are written as a whole. */
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Readers see the old file or the new one, and nobody else can read it. Whatever lies where the new one
 * is prepared is not followed.
 *
 * @throws NodeJS.ErrnoException
 */
export function replaceFile(path: string, text: string): void {
  const temporary = `${path}.${process.pid}`;
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  rmSync(temporary, { force: true });
  writeFileSync(temporary, text, { mode: 0o600, flag: 'wx' });
  renameSync(temporary, path);
}
