/**
 * One at a time in a directory: for whoever reads a file there, changes it and writes it back. The
 * kernel gives the lock back when its owner dies, so none is ever stale, and no file is left behind.
 */
import { closeSync, openSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { ERRNO } from '../ffi/errno.ts';
import { loadSyscalls } from '../ffi/syscalls.ts';
import { SystemCallError } from '../ffi/system-call-error.ts';

/** LOCK_EX | LOCK_NB of flock(2). */
const TRY_EXCLUSIVE = 2 | 4;

const POLL_MS = 20;

/**
 * Does the work while nobody else has the lock of the directory.
 *
 * @returns undefined when another process has it for longer than `patience` milliseconds
 */
export async function withDirectoryLock<Result>(
  directory: string,
  patience: number,
  work: () => Result | Promise<Result>,
): Promise<Result | undefined> {
  const descriptor = openSync(directory, 'r');
  try {
    for (let waited = 0; !tryLock(descriptor, directory); waited += POLL_MS) {
      if (waited >= patience) return undefined;
      await sleep(POLL_MS);
    }
    return await work();
  } finally {
    closeSync(descriptor);
  }
}

function tryLock(descriptor: number, directory: string): boolean {
  const syscalls = loadSyscalls();
  if (syscalls.flock(descriptor, TRY_EXCLUSIVE) === 0) return true;
  const errno = syscalls.errno();
  if (errno === ERRNO.EAGAIN) return false;
  throw new SystemCallError('flock', errno, `lock ${directory}`);
}
