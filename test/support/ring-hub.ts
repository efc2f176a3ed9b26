/**
 * Stands in the place of the stream hub between a data plane in workers and a network in memory: what the
 * one sends by a bundle enters the other, and the reverse, over real rings and eventfds.
 */
import { Arena } from '../../src/dataplane/arena.ts';
import type { ReadableWatch } from '../../src/platform/ffi/readable-watch.ts';
import { watchReadable } from '../../src/platform/ffi/readable-watch.ts';
import { loadSyscalls } from '../../src/platform/ffi/syscalls.ts';
import { EventFd } from '../../src/platform/linux/event-fd.ts';
import type { Endpoint } from '../../src/protocol/endpoint.ts';
import type { MemoryCarrier } from '../../src/testing/index.ts';
import { endpoint, MemoryNetwork } from '../../src/testing/index.ts';
import { PATH_BYTES } from '../../src/transport/carrier.ts';
import { DatagramRing } from '../../src/transport/stream/ring/datagram-ring.ts';
import { ringMemory } from '../../src/transport/stream/ring/ring-memory.ts';
import type { StreamHandle } from '../../src/transport/stream/stream-handle.ts';

const HERE = endpoint('192.0.2.1', 1);

export class RingHub {
  readonly network = new MemoryNetwork();
  readonly handle: StreamHandle;
  /** What the data plane sent, by bundle. BOUNDED by the length of the test. */
  readonly sent: { readonly bundle: number; readonly flow: number }[] = [];
  readonly #arena = new Arena(64);
  readonly #near: MemoryCarrier = this.network.attach(this.#arena, { local: [HERE] });
  readonly #in: DatagramRing;
  readonly #out: DatagramRing;
  readonly #wakes: { readonly dataPlane: EventFd; readonly hub: EventFd; readonly drained: EventFd };
  readonly #watch: ReadableWatch;

  constructor() {
    const newEventFd = (): EventFd => EventFd.create(loadSyscalls());
    const { dataPlane, hub, drained } = { dataPlane: newEventFd(), hub: newEventFd(), drained: newEventFd() };
    this.#wakes = { dataPlane, hub, drained };
    this.handle = {
      toDataPlane: ringMemory(),
      fromDataPlane: ringMemory(),
      wakeDataPlane: dataPlane.descriptor,
      wakeHub: hub.descriptor,
      drained: drained.descriptor,
    };
    this.#in = new DatagramRing(this.handle.fromDataPlane);
    this.#out = new DatagramRing(this.handle.toDataPlane);
    this.#in.sleep();
    this.#watch = watchReadable(hub.descriptor, () => this.#work());
  }

  /** A bundle to a carrier of the network; returns how each end calls the other. */
  connect(far: MemoryCarrier, bundle: number): { readonly toFar: Endpoint; readonly toHere: Endpoint } {
    const { toServer, toClient } = this.network.connect(this.#near, far, bundle);
    return { toFar: toServer, toHere: toClient };
  }

  /** Brings to the data plane what has arrived for it. */
  deliver(): void {
    const { bytes } = this.#arena;
    const { offset, length, path } = this.#near.received;
    for (let count = this.#near.receive(); count > 0; count = this.#near.receive()) {
      for (let entry = 0; entry < count; entry += 1) {
        const record = bytes.subarray(path[entry], path[entry] + PATH_BYTES);
        this.#out.push(0, 0, 0, record, 0, bytes, offset[entry], length[entry]);
      }
    }
    if (this.#out.wakeNeeded()) this.#wakes.dataPlane.signal();
  }

  close(): void {
    this.#watch.close();
    for (const wake of Object.values(this.#wakes)) wake.close();
  }

  /** As the data plane does: drain, then sleep. */
  #work(): void {
    do {
      while (this.#in.peek()) this.#forward();
      this.#wakes.hub.drain();
    } while (!this.#in.sleep());
  }

  #forward(): void {
    const ring = this.#in;
    const bundle = ring.a >>> 0;
    const bytes = ring.bytes.slice(ring.dataOffset, ring.dataOffset + ring.length);
    this.sent.push({ bundle, flow: ring.b });
    ring.advance();
    this.network.accept({ from: HERE, to: { ...HERE, bundle }, bytes });
  }
}
