/**
 * Preloaded (`node --import`) into the processes that the demo starts: when the demo is gone, however
 * that came about, its end of the channel closes and this process is asked to stop.
 */
import { isMainThread } from 'node:worker_threads';

if (isMainThread && process.channel !== undefined) {
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
  // The channel alone shall not keep a process that is done.
  process.channel?.unref();
}
