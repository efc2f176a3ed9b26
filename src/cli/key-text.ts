/** Keys on their way to the user. */
import { fstatSync } from 'node:fs';
import type { CliContext } from './command.ts';

/** Base64 with a line end, as the files of wg have it. */
export function keyText(key: Uint8Array): string {
  return `${Buffer.from(key).toString('base64')}\n`;
}

const STDOUT = 1;

/** A secret redirected into a file that others can read is worth a word. */
export function warnWhenExposed(context: CliContext): void {
  const target = fstatSync(STDOUT);
  if (target.isFile() && (target.mode & 0o007) !== 0) {
    context.stderr('awg-vpn: warning: writing a secret to a file that every user can read; use "umask 077" first\n');
  }
}
