/**
 * Hands datagrams that came by a connection to the data plane. Where that does not keep up, connections
 * stop reading, so that the sender's TCP slows down, until half of the ring is free again.
 */
import type { EventFd } from '../../../platform/linux/event-fd.ts';
import type { DatagramRing } from '../ring/datagram-ring.ts';
import type { StreamCounters } from '../stream-counters.ts';

/** What a connection reads in one go, as records with their headers, fits several times. */
const NEARLY_FULL_BYTES = 512 << 10;

export interface Pausable {
  pause(): void;
  resume(): void;
}

export class Inbound {
  readonly #ring: DatagramRing;
  readonly #wake: EventFd;
  readonly #counters: StreamCounters;
  readonly #reserve: number;
  /** Connections that wait for room. BOUNDED by the connections there are. */
  readonly #paused = new Set<Pausable>();

  constructor(ring: DatagramRing, wake: EventFd, counters: StreamCounters) {
    this.#ring = ring;
    this.#wake = wake;
    this.#counters = counters;
    this.#reserve = Math.min(NEARLY_FULL_BYTES, ring.capacity / 4);
  }

  /** @param path record of PATH_BYTES that says where it came from */
  deliver(path: Uint8Array, source: Uint8Array, offset: number, length: number): void {
    if (this.#ring.push(0, 0, 0, path, 0, source, offset, length)) {
      this.#counters.add('receivedDatagrams');
      this.#counters.add('receivedBytes', length);
    } else {
      this.#counters.add('overrun');
    }
  }

  /** After what one read brought. False: `reader` shall stop, and will be told to go on. */
  endBatch(reader: Pausable): boolean {
    if (this.#ring.wakeNeeded()) this.#wake.signal();
    if (this.#ring.freeBytes() > this.#reserve || !this.#ring.waitForRoom()) return true;
    this.#paused.add(reader);
    reader.pause();
    return false;
  }

  /** The data plane has made room. */
  resume(): void {
    const waiting = [...this.#paused];
    this.#paused.clear();
    for (const reader of waiting) reader.resume();
  }

  forget(reader: Pausable): void {
    this.#paused.delete(reader);
  }
}
