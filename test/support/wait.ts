/** Waiting for something to become true, with a plain complaint when it does not. */
import { setTimeout as sleep } from 'node:timers/promises';

export { sleep };

export interface WaitOptions {
  readonly timeoutMs?: number;
  readonly intervalMs?: number;
  /** Added to the complaint, for example the log of a daemon. */
  readonly explain?: () => string;
}

/** Polls `probe` until it returns something other than undefined or false, and returns that. */
export async function waitFor<T>(
  what: string,
  probe: () => T | undefined | false | Promise<T | undefined | false>,
  options: WaitOptions = {},
): Promise<T> {
  const { timeoutMs = 10_000, intervalMs = 50, explain } = options;
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const value = await probe();
    if (value !== undefined && value !== false) return value;
    if (Date.now() > deadline) {
      throw new Error(`waited ${timeoutMs} ms in vain for ${what}${explain ? `\n${explain()}` : ''}`);
    }
    await sleep(intervalMs);
  }
}
