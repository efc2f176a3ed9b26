/** Reads along on the cable, so that the demo can show what an observer there would see. */
import { watchReadable } from '../../platform/ffi/readable-watch.ts';
import { datagramsOf } from '../../platform/linux/captured-datagram.ts';
import { PacketCapture } from '../../platform/linux/packet-capture.ts';
import type { DemoHost } from './demo-host.ts';
import type { WireLog } from './wire-log.ts';

/** Enough for the table; reading on would take processor time from the transfer that is measured. */
const MAX_DATAGRAMS = 1000;

/** Starts at once and stops by itself after MAX_DATAGRAMS. Returns what stops it before. */
export function tapCable(host: DemoHost, log: WireLog): () => void {
  const capture = host.run(() => new PacketCapture(host.interfaceIndex));
  const watch = watchReadable(capture.descriptor, () => readAll());
  let isOpen = true;
  const stop = (): void => {
    if (!isOpen) return;
    isOpen = false;
    watch.close();
    capture.close();
  };
  function readAll(): void {
    for (let packet = capture.read(); packet !== undefined; packet = capture.read()) {
      const now = performance.now();
      for (const { payload } of datagramsOf(packet)) {
        if (log.count < MAX_DATAGRAMS) log.add(payload, now);
      }
      if (log.count < MAX_DATAGRAMS) continue;
      stop();
      return;
    }
  }
  return stop;
}
