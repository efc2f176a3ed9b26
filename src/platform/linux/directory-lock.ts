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
const LOCK_UN = 8;

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
  const lock = new DirectoryLock(directory);
  try {
    return await lock.with(patience, work);
  } finally {
    lock.close();
  }
}

/** The same for whoever may not open the directory any more when its turn comes. */
export class DirectoryLock {
  readonly #directory: string;
  readonly #descriptor: number;

  constructor(directory: string) {
    this.#directory = directory;
    this.#descriptor = openSync(directory, 'r');
  }

  /** One at a time: within this process it keeps nobody away. */
  async with<Result>(patience: number, work: () => Result | Promise<Result>): Promise<Result | undefined> {
    for (let waited = 0; !tryLock(this.#descriptor, this.#directory); waited += POLL_MS) {
      if (waited >= patience) return undefined;
      await sleep(POLL_MS);
    }
    try {
      return await work();
    } finally {
      loadSyscalls().flock(this.#descriptor, LOCK_UN);
    }
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}

function tryLock(descriptor: number, directory: string): boolean {
  const syscalls = loadSyscalls();
  if (syscalls.flock(descriptor, TRY_EXCLUSIVE) === 0) return true;
  const errno = syscalls.errno();
  if (errno === ERRNO.EAGAIN) return false;
  throw new SystemCallError('flock', errno, `lock ${directory}`);
}
