/**
 * Loaded into each daemon of the rig with `--import`. On SIGUSR2 it collects garbage and says what is left of
 * the main thread's heap: V8 lets garbage lie for an hour where there is little, so the resident set says
 * nothing about leaks.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { isMainThread } from 'node:worker_threads';
import { HEAP_LEFT } from './heap-left.ts';

if (isMainThread && process.argv[2] === 'up') {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  process.on('SIGUSR2', () => {
    collect();
    console.error(`${HEAP_LEFT}${process.memoryUsage().heapUsed}`);
  });
}
