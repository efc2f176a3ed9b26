/**
 * The network between simulated hosts: delivers each datagram after a delay, unless the test says
 * otherwise, and remembers what was sent.
 */
import type { Endpoint } from '../../src/protocol/endpoint.ts';
import type { ReceiverIndex } from '../../src/protocol/engine-port.ts';
import type { Instant } from '../../src/protocol/time.ts';
import { endpointKey } from '../../src/testing/addresses.ts';
import type { VirtualClock } from '../../src/testing/virtual-clock.ts';

/** A transport message before sealing: whoever holds `key` can open it. Empty text is a keepalive. */
export interface SimTransport {
  readonly receiver: ReceiverIndex;
  readonly key: string;
  readonly counter: number;
  readonly text: string;
}

export interface Flight {
  readonly at: Instant;
  readonly from: Endpoint;
  readonly to: Endpoint;
  readonly content: Uint8Array | SimTransport;
}

/** What becomes of a datagram: lost, or delivered after this many milliseconds. */
export type Fate = 'lost' | number;

export type Receive = (flight: Flight) => void;

/** Milliseconds. */
export const DEFAULT_DELAY = 20;

export class SimNetwork {
  readonly #clock: VirtualClock;
  readonly #hosts = new Map<string, Receive>();
  /** Everything that was sent. BOUNDED by the length of the test. */
  readonly flights: Flight[] = [];
  /** Decides about each datagram; a test replaces it. */
  fate: (flight: Flight) => Fate = () => DEFAULT_DELAY;

  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }

  attach(where: Endpoint, receive: Receive): void {
    this.#hosts.set(endpointKey(where), receive);
  }

  detach(where: Endpoint): void {
    this.#hosts.delete(endpointKey(where));
  }

  send(from: Endpoint, to: Endpoint, content: Uint8Array | SimTransport): void {
    const flight = { at: this.#clock.at, from, to, content };
    this.flights.push(flight);
    const fate = this.fate(flight);
    if (fate !== 'lost') this.#clock.scheduleIn(fate, () => this.#hosts.get(endpointKey(to))?.(flight));
  }
}
