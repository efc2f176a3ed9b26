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

/** One direction of a connection. */
interface Direction {
  readonly sender: MemoryCarrier;
  readonly receiver: MemoryCarrier;
  /** Where its datagrams come from, as the receiver sees it. */
  readonly from: Endpoint;
}

/** The two ends of a connection: where the one, and the other, sends what shall go by it. */
export interface Connection {
  readonly toServer: Endpoint;
  readonly toClient: Endpoint;
}

/** Bundles that a server has accepted have this bit set, those that a client opened have not. */
const ACCEPTED = 0x8000_0000;

/** Called for each datagram that a carrier sent, before any fault; the tap of a test or a capture. */
export type DatagramObserver = (datagram: Datagram) => void;

export class MemoryNetwork implements DatagramSink {
  /** BOUNDED by the carriers attached. */
  readonly #carriers = new Map<string, MemoryCarrier>();
  /** By sender and bundle; BOUNDED by the connections made. */
  readonly #directions = new Map<string, Direction>();
  #accepted = 0;
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

  /**
   * Connects two carriers as a stream would: what is sent to the endpoints returned goes by the connection.
   * It ends when either carrier moves.
   *
   * @param bundle what the client calls the connection, one number for each of its connections
   */
  connect(client: MemoryCarrier, server: MemoryCarrier, bundle: number): Connection {
    this.#accepted += 1;
    const toServer = { ...server.local[0], bundle };
    const toClient = { ...client.local[0], bundle: ACCEPTED + this.#accepted };
    this.#directions.set(streamKey(client.local[0], toServer), { sender: client, receiver: server, from: toClient });
    this.#directions.set(streamKey(server.local[0], toClient), { sender: server, receiver: client, from: toServer });
    return { toServer, toClient };
  }

  detach(carrier: MemoryCarrier): void {
    for (const [key, { sender, receiver }] of this.#directions) {
      if (sender === carrier || receiver === carrier) this.#directions.delete(key);
    }
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
    if (datagram.to.bundle === undefined) this.#deliverByAddress(datagram);
    else this.#deliverByStream(datagram);
  }

  #deliverByStream(datagram: Datagram): void {
    const direction = this.#directions.get(streamKey(datagram.from, datagram.to));
    if (direction === undefined) this.#unroutable++;
    else direction.receiver.enqueue({ ...datagram, from: direction.from });
  }

  #deliverByAddress(datagram: Datagram): void {
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

function streamKey(sender: Endpoint, { bundle }: Endpoint): string {
  return `${endpointKey(sender)} by ${bundle}`;
}
