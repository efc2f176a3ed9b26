/** Files that hold keys. */
import { realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { UsageError } from './exit-code.ts';

/**
 * Writes a file that its owner alone can read, whoever could read the one that was there before. Readers
 * see the old content or the new one, never half of it.
 *
 * @throws UsageError for what is there and no file, as a device would be replaced by one
 */
export function writeSecretFile(path: string, content: string | Uint8Array): void {
  const target = targetOf(path);
  const temporary = `${target}.${process.pid}.new`;
  writeFileSync(temporary, content, { mode: 0o600, flag: 'wx' });
  try {
    renameSync(temporary, target);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/** Behind symbolic links, which stay. */
function targetOf(path: string): string {
  const there = statSync(path, { throwIfNoEntry: false });
  if (there === undefined) return path;
  if (!there.isFile()) throw new UsageError(`${path}: is not a file`);
  return realpathSync(path);
}
