import { setFlagsFromString } from 'node:v8';

/**
 * Keeps V8's young generation at its first size, one or two megabytes. Otherwise reading the configuration of
 * thousands of peers makes it grow to a hundred, which a daemon that allocates next to nothing afterwards
 * would never give back. Call it first; it holds for all threads.
 */
export function keepHeapSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
}
