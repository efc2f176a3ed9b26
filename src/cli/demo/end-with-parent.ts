/**
 * Preloaded (`node --import`) into the processes that the demo starts: when the demo is gone, however
 * that came about, its end of the channel closes and this process is asked to stop.
 */
import { isMainThread } from 'node:worker_threads';

if (isMainThread) {
  const end = (): void => void process.kill(process.pid, 'SIGTERM');
  // The demo may be gone before this line is reached; then no event will come.
  if (process.connected) process.once('disconnect', end);
  else end();
  // The channel alone shall not keep a process that is done.
  process.channel?.unref();
}
