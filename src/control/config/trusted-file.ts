/**
 * Who could have written a file. What root runs on behalf of a file must not come from anybody else: not
 * by writing into it, and not by putting another one into its place.
 */
import type { Stats } from 'node:fs';
import { statSync } from 'node:fs';
import { dirname } from 'node:path';

const ROOT = 0;
const WRITABLE_BY_OTHERS = 0o022;
/** Only their owners may rename and remove what is in such a directory, as in /tmp. */
const STICKY = 0o1000;

/**
 * @param path absolute, without symbolic links
 * @param file what was opened there
 * @param owner who may have written it, beside root
 * @returns half a sentence about the first place that others can write; undefined where there is none
 */
export function distrustOf(path: string, file: Stats, owner: number = ROOT): string | undefined {
  const complaint = complaintAbout(file, owner, WRITABLE_BY_OTHERS);
  if (complaint !== undefined) return `${path} ${complaint}`;
  for (let child = path, folder = dirname(path); folder !== child; child = folder, folder = dirname(folder)) {
    const stats = statSync(folder);
    const isSticky = (stats.mode & STICKY) !== 0;
    const bad = complaintAbout(stats, owner, isSticky ? 0 : WRITABLE_BY_OTHERS);
    if (bad !== undefined) return `the directory ${folder} ${bad}`;
  }
  return undefined;
}

function complaintAbout({ uid, mode }: Stats, owner: number, forbidden: number): string | undefined {
  if (uid !== ROOT && uid !== owner) return `belongs to the user ${uid}`;
  return (mode & forbidden) === 0 ? undefined : 'can be written by others than its owner';
}
