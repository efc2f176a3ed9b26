/**
 * The network between memory carriers: looks up who owns the destination and puts the datagram in
 * that carrier's queue. Faults (loss, delay, ...) are middleware in front of it.
 */
import type { Arena } from '../dataplane/arena.ts';
import type { Endpoint } from '../protocol/endpoint.ts';
import type { Datagram, DatagramSink, MemoryCarrierOptions } from '../transport/memory/memory-carrier.ts';
import { MemoryCarrier } from '../transport/memory/memory-carrier.ts';
import { endpointKey } from './addresses.ts';

/** Wraps a sink in another one, e.g. `(next) => new FaultInjector(next, options)`. */
export type DatagramMiddleware = (next: DatagramSink) => DatagramSink;

/** Called for each datagram that a carrier sent, before any fault; the tap of a test or a capture. */
export type DatagramObserver = (datagram: Datagram) => void;

export class MemoryNetwork implements DatagramSink {
  /** BOUNDED by the carriers attached. */
  readonly #carriers = new Map<string, MemoryCarrier>();
  readonly #observers: DatagramObserver[] = [];
  #entry: DatagramSink = { accept: (datagram) => this.deliver(datagram) };
  #unroutable = 0;

  /** Datagrams to addresses that nobody has. */
  get unroutable(): number {
    return this.#unroutable;
  }

  /** Makes a carrier with addresses of its own on this network. */
  attach(arena: Arena, options: MemoryCarrierOptions): MemoryCarrier {
    const carrier = new MemoryCarrier(arena, this, options);
    this.#register(carrier);
    return carrier;
  }

  /** Gives the carrier other addresses; what is still under way to the old ones is lost. */
  move(carrier: MemoryCarrier, local: readonly Endpoint[]): void {
    this.detach(carrier);
    carrier.rebind(local);
    this.#register(carrier);
  }

  detach(carrier: MemoryCarrier): void {
    for (const own of carrier.local) {
      if (this.#carriers.get(endpointKey(own)) === carrier) this.#carriers.delete(endpointKey(own));
    }
  }

  /** Puts a fault injector (or anything else) before what is there already. */
  use(middleware: DatagramMiddleware): void {
    this.#entry = middleware(this.#entry);
  }

  observe(observer: DatagramObserver): void {
    this.#observers.push(observer);
  }

  /** A datagram enters the network. Also what a test calls to forge one. */
  accept(datagram: Datagram): void {
    for (const observer of this.#observers) observer(datagram);
    this.#entry.accept(datagram);
  }

  /** The far end of the network, behind all faults. */
  deliver(datagram: Datagram): void {
    const carrier = this.#carriers.get(endpointKey(datagram.to));
    if (carrier === undefined) this.#unroutable++;
    else carrier.enqueue(datagram);
  }

  #register(carrier: MemoryCarrier): void {
    for (const own of carrier.local) {
      const key = endpointKey(own);
      if (this.#carriers.has(key)) throw new TypeError(`address in use: ${key}`);
      this.#carriers.set(key, carrier);
    }
  }
}
