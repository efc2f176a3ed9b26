/**
 * Hears from Node's event loop when a descriptor becomes readable, for descriptors that are rarely
 * busy: control thread only, never a packet's path.
 */
import { loadKoffi } from './syscalls.ts';

export interface ReadableWatch {
  /** Must be called before the descriptor is closed. Idempotent. */
  close(): void;
}

/** Level triggered: `onReadable` is called again as long as there is something left. */
export function watchReadable(descriptor: number, onReadable: () => void): ReadableWatch {
  const handle = loadKoffi().node.poll(descriptor, { readable: true }, onReadable);
  let open = true;
  return {
    close: () => {
      if (open) handle.close();
      open = false;
    },
  };
}
