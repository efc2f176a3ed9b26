/**
 * The streams as the data plane sees them: datagrams that the hub has cut out of its connections come
 * out of one ring, and those for bundles of connections go into another. Neither side ever waits: a full
 * ring drops, as a full socket buffer does.
 */
import type { Arena } from '../../dataplane/arena.ts';
import type { CopyBytes } from '../../platform/ffi/memory-copy.ts';
import { nativeCopy } from '../../platform/ffi/memory-copy.ts';
import type { Syscalls } from '../../platform/ffi/syscalls.ts';
import { EventFd } from '../../platform/linux/event-fd.ts';
import type { Carrier, ReceivedMessages, SendReport, SendRuns } from '../carrier.ts';
import { PATH_BUNDLE, PATH_BYTES } from '../carrier.ts';
import { DatagramRing } from './ring/datagram-ring.ts';
import type { StreamHandle } from './stream-handle.ts';

/** Datagrams of one batch, and bytes for them. BOUNDED: what is more stays in the ring for the next one. */
const BATCH = 512;
const BATCH_BYTES = 1 << 20;
const LARGEST_DATAGRAM = 65535;

export class RingCarrier implements Carrier {
  readonly name = 'stream';
  readonly descriptors: readonly number[];
  readonly received: ReceivedMessages = {
    offset: new Int32Array(BATCH),
    length: new Int32Array(BATCH),
    segment: new Int32Array(BATCH),
    path: new Int32Array(BATCH),
  };
  readonly #arena: Arena;
  readonly #copy: CopyBytes;
  readonly #in: DatagramRing;
  readonly #out: DatagramRing;
  readonly #wakeSelf: EventFd;
  readonly #wakeHub: EventFd;
  readonly #drained: EventFd;
  readonly #data: number;
  readonly #paths: number;
  readonly #report: SendReport = { sent: 0, full: 0, failed: 0 };

  constructor(syscalls: Syscalls, arena: Arena, handle: StreamHandle) {
    this.descriptors = [handle.wakeDataPlane];
    this.#arena = arena;
    this.#copy = nativeCopy(syscalls);
    this.#in = new DatagramRing(handle.toDataPlane, this.#copy);
    this.#out = new DatagramRing(handle.fromDataPlane, nativeCopy(syscalls));
    this.#wakeSelf = new EventFd(syscalls, handle.wakeDataPlane);
    this.#wakeHub = new EventFd(syscalls, handle.wakeHub);
    this.#drained = new EventFd(syscalls, handle.drained);
    this.#data = arena.reserve(BATCH_BYTES);
    this.#paths = arena.reserve(BATCH * PATH_BYTES);
    // The hub wakes only a reader that sleeps, and this one goes to sleep at the end of its first look.
    this.#wakeSelf.signal();
  }

  /**
   * Whenever this may leave something in the ring the descriptor is readable, so the caller may come back
   * for it when he is told; it ends being readable with the first look that finds nothing.
   */
  receive(): number {
    for (;;) {
      const count = this.#takeBatch();
      if (this.#in.roomNeeded()) this.#drained.signal();
      if (count > 0) return count;
      // In this order: a signal that comes after the announcement must not be drained.
      this.#wakeSelf.drain();
      if (this.#in.sleep()) return 0;
      // Something came just now, and perhaps without a signal, because we did not sleep yet.
      this.#wakeSelf.signal();
    }
  }

  send(runs: SendRuns): SendReport {
    const report = this.#report;
    report.sent = 0;
    report.full = 0;
    report.failed = 0;
    for (let run = 0; run < runs.count; run++) this.#push(runs, run);
    if (this.#out.wakeNeeded()) this.#wakeHub.signal();
    return report;
  }

  #takeBatch(): number {
    const ring = this.#in;
    let count = 0;
    let cursor = this.#data;
    const end = this.#data + BATCH_BYTES - LARGEST_DATAGRAM;
    while (count < BATCH && cursor <= end && ring.peek()) {
      this.#take(ring, count, cursor);
      cursor += (ring.length + 15) & ~15;
      count += 1;
      ring.advance();
    }
    return count;
  }

  #take(ring: DatagramRing, entry: number, offset: number): void {
    const { received } = this;
    const path = this.#paths + entry * PATH_BYTES;
    this.#copy(this.#arena.bytes, offset, ring.bytes, ring.dataOffset, ring.length);
    this.#copy(this.#arena.bytes, path, ring.bytes, ring.pathOffset, PATH_BYTES);
    received.offset[entry] = offset;
    received.length[entry] = ring.length;
    received.segment[entry] = ring.length;
    received.path[entry] = path;
  }

  /** When the ring is full the rest of the run goes with the first that did not fit: what comes later is no fresher. */
  #push(runs: SendRuns, run: number): void {
    const { bytes, u32 } = this.#arena;
    const bundle = u32[(runs.path[run] + PATH_BUNDLE) >>> 2];
    const length = runs.length[run];
    const segment = runs.segment[run];
    for (let at = 0; at < length; at += segment) {
      const size = Math.min(segment, length - at);
      if (!this.#out.push(bundle, runs.flow[run], 0, undefined, 0, bytes, runs.offset[run] + at, size)) {
        this.#report.full += Math.ceil((length - at) / segment);
        return;
      }
      this.#report.sent += 1;
    }
  }
}
