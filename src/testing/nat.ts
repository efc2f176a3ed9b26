/**
 * A router that translates addresses, between hosts inside and the network. It maps by one of the three
 * rules of RFC 4787 (section 4.1), lets answers in by the same rule (section 5), and forgets a mapping
 * that nobody inside has used for its lifetime.
 *
 *     host ── translateOut ──► network        from: outside address, a port of the mapping
 *     host ◄── translateIn ─── network        to: whoever has the mapping, or nobody
 */
import type { Endpoint } from '../protocol/endpoint.ts';
import type { Datagram } from '../transport/memory/memory-carrier.ts';
import { endpointKey } from './addresses.ts';
import type { VirtualClock } from './virtual-clock.ts';

/** What else than the sender chooses the mapping, and who may answer: everyone, that address, or that endpoint. */
export type NatMapping = 'endpoint-independent' | 'address-dependent' | 'address-and-port-dependent';

export interface NatOptions {
  readonly outside: Uint8Array;
  readonly mapping: NatMapping;
  /** Milliseconds without a datagram from inside; RFC 4787 asks for two minutes at least, many give 30 s. */
  readonly lifetime: number;
}

interface Mapping {
  readonly inside: Endpoint;
  readonly port: number;
  /** Who may answer, by what of an endpoint the rule looks at. BOUNDED by MAX_MAPPINGS. */
  readonly correspondents: Set<string>;
  usedAt: number;
}

/** Mappings of one router, and correspondents of one mapping; the oldest goes. */
const MAX_MAPPINGS = 1024;
const FIRST_PORT = 20_000;
const PORTS = 40_000;

export class Nat {
  readonly mapping: NatMapping;
  readonly #clock: VirtualClock;
  readonly #lifetime: number;
  /** By sender and, as the rule says, destination. BOUNDED by MAX_MAPPINGS. */
  readonly #mappings = new Map<string, Mapping>();
  /** The same mappings. */
  readonly #byPort = new Map<number, Mapping>();
  #outside: Uint8Array;
  #opened = 0;

  constructor(clock: VirtualClock, options: NatOptions) {
    this.#clock = clock;
    this.mapping = options.mapping;
    this.#lifetime = options.lifetime;
    this.#outside = options.outside;
  }

  get outside(): Uint8Array {
    return this.#outside;
  }

  /** The router restarts, maybe with another address. Whoever answers to an old mapping answers nobody. */
  restart(outside: Uint8Array = this.#outside): void {
    this.#mappings.clear();
    this.#byPort.clear();
    this.#outside = outside;
  }

  translateOut(datagram: Datagram): Datagram {
    const { from, to } = datagram;
    const correspondent = this.#aspectOf(to);
    const key = `${endpointKey(from)} ${correspondent}`;
    const mapping = this.#alive(this.#mappings.get(key)) ?? this.#open(key, from);
    mapping.usedAt = this.#clock.at;
    if (mapping.correspondents.size < MAX_MAPPINGS) mapping.correspondents.add(correspondent);
    return { ...datagram, from: { address: this.#outside, port: mapping.port, scopeId: 0 } };
  }

  /** Undefined: nobody inside waits for this. */
  translateIn(datagram: Datagram): Datagram | undefined {
    const mapping = this.#alive(this.#byPort.get(datagram.to.port));
    if (mapping === undefined || !mapping.correspondents.has(this.#aspectOf(datagram.from))) return undefined;
    return { ...datagram, to: mapping.inside };
  }

  #alive(mapping: Mapping | undefined): Mapping | undefined {
    return mapping !== undefined && this.#clock.at - mapping.usedAt < this.#lifetime ? mapping : undefined;
  }

  #open(key: string, inside: Endpoint): Mapping {
    this.#forget(this.#mappings.has(key) ? key : this.#oldestIfFull());
    const port = FIRST_PORT + (this.#opened++ % PORTS);
    const mapping = { inside, port, correspondents: new Set<string>(), usedAt: this.#clock.at };
    this.#mappings.set(key, mapping);
    this.#byPort.set(port, mapping);
    return mapping;
  }

  #oldestIfFull(): string | undefined {
    if (this.#mappings.size < MAX_MAPPINGS) return undefined;
    const [oldest] = this.#mappings.keys();
    return oldest;
  }

  #forget(key: string | undefined): void {
    if (key === undefined) return;
    this.#byPort.delete(this.#mappings.get(key)?.port ?? 0);
    this.#mappings.delete(key);
  }

  #aspectOf(endpoint: Endpoint): string {
    switch (this.mapping) {
      case 'endpoint-independent':
        return '';
      case 'address-dependent':
        return endpointKey({ ...endpoint, port: 0 });
      case 'address-and-port-dependent':
        return endpointKey(endpoint);
    }
  }
}
