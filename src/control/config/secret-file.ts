/** Files that hold keys. */
import { realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { ConfigError } from './config-error.ts';

/**
 * Writes a file that its owner alone can read, whoever could read the one that was there before. Readers
 * see the old content or the new one, never half of it.
 *
 * @throws ConfigError 'not-a-file' for what is there and no file, as a device would be replaced by one
 */
export function writeSecretFile(path: string, content: string | Uint8Array): void {
  const target = targetOf(path);
  const temporary = `${target}.${process.pid}.new`;
  writeFileSync(temporary, content, { mode: 0o600, flag: 'wx', flush: true });
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
  if (!there.isFile())
    throw new ConfigError('not-a-file', { file: path, line: 0, key: '', value: '' }, 'is not a file');
  return realpathSync(path);
}
