/**
 * Hears from Node's event loop when a descriptor becomes readable, for threads that have one. The
 * worker of the data plane has not: it blocks in `Epoll.wait`.
 */
import { loadKoffi } from './syscalls.ts';

export interface ReadableWatch {
  /** Must be called before the descriptor is closed. Idempotent. */
  close(): void;
}

/**
 * Level triggered: `onReadable` is called again as long as there is something left. The watch lives as
 * long as what this returns is kept.
 */
export function watchReadable(descriptor: number, onReadable: () => void): ReadableWatch {
  let open = true;
  const call = (): void => {
    if (open) onReadable();
  };
  // Straight from the callback nobody would run what `process.nextTick` and promises leave behind, and a
  // stream that is written to there would never hear that its write is done. The immediate comes next.
  const handle = loadKoffi().node.poll(descriptor, { readable: true }, () => setImmediate(call));
  return {
    close: () => {
      if (open) handle.close();
      open = false;
    },
  };
}
