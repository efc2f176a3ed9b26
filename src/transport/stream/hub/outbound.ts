/** Takes datagrams from the data plane and hands each to a connection of its bundle, batch by batch. */
import type { ReadableWatch } from '../../../platform/ffi/readable-watch.ts';
import { watchReadable } from '../../../platform/ffi/readable-watch.ts';
import { EventFd } from '../../../platform/linux/event-fd.ts';
import { DatagramRing } from '../ring/datagram-ring.ts';
import type { StreamHandle } from '../stream-handle.ts';
import type { BundleTable } from './bundle-table.ts';
import type { HubContext } from './hub-context.ts';
import type { Link } from './link.ts';

/** Bytes before connections write and others have their turn. */
const BATCH_BYTES = 128 << 10;

export class Outbound {
  readonly #context: HubContext;
  readonly #bundles: BundleTable;
  readonly #ring: DatagramRing;
  readonly #wake: EventFd;
  readonly #watch: ReadableWatch;
  /** Connections that got something in this batch. BOUNDED by the connections there are. */
  readonly #touched = new Set<Link>();
  #again: NodeJS.Immediate | undefined;

  constructor(context: HubContext, bundles: BundleTable, handle: StreamHandle) {
    this.#context = context;
    this.#bundles = bundles;
    this.#ring = new DatagramRing(handle.fromDataPlane);
    this.#wake = new EventFd(context.syscalls, handle.wakeHub);
    this.#watch = watchReadable(handle.wakeHub, () => {
      this.#wake.drain();
      this.#pump();
    });
    this.#pump();
  }

  close(): void {
    this.#watch.close();
    clearImmediate(this.#again);
  }

  readonly #pump = (): void => {
    clearImmediate(this.#again);
    this.#again = undefined;
    const ring = this.#ring;
    let bytes = 0;
    while (bytes < BATCH_BYTES && ring.peek()) {
      bytes += ring.length;
      this.#forward();
      ring.advance();
    }
    for (const link of this.#touched) link.flush();
    this.#touched.clear();
    if (bytes >= BATCH_BYTES || !ring.sleep()) this.#again = setImmediate(this.#pump);
  };

  #forward(): void {
    const { a, b, bytes, dataOffset, length } = this.#ring;
    const link = this.#bundles.find(a >>> 0)?.choose(b);
    if (link === undefined) {
      this.#context.counters.add('homeless');
      return;
    }
    link.enqueue(bytes, dataOffset, length);
    this.#touched.add(link);
  }
}
