/**
 * The network of a simulated world:
 *
 *     host ──► blocked? ──► router, outwards ──► faults, delay ──► router, inwards ──► host
 *
 * It knows which host an address belongs to, and remembers for each host what it received lately, as
 * somebody on its cable would who means to send it again.
 */
import { toHex } from '../../../src/protocol/bytes.ts';
import type { Endpoint } from '../../../src/protocol/endpoint.ts';
import type { Datagram } from '../../../src/testing/index.ts';
import { endpoint, FaultInjector, MemoryNetwork } from '../../../src/testing/index.ts';
import type { Nat } from '../../../src/testing/nat.ts';
import type { SeededRandom } from '../../../src/testing/seeded-random.ts';
import type { VirtualClock } from '../../../src/testing/virtual-clock.ts';

/** Datagrams that are remembered for each host. */
const OVERHEARD = 32;

export class WorldNetwork {
  readonly memory = new MemoryNetwork();
  readonly faults: FaultInjector;
  datagrams = 0;
  /** Of all that was sent, in order: two runs are the same when it is. */
  digest = 0;
  readonly #clock: VirtualClock;
  /** By inside address, and by outside address. BOUNDED by the hosts and their moves. */
  readonly #hostOf = new Map<string, number>();
  readonly #natInside = new Map<string, Nat>();
  readonly #natOutside = new Map<string, Nat>();
  /** Directions that carry nothing. BOUNDED by pairs of hosts. */
  readonly #blocked = new Set<string>();
  /** Hosts that sleep: what comes meanwhile is lost. BOUNDED by the hosts. */
  readonly #deaf = new Set<number>();
  /** BOUNDED by OVERHEARD for each host. */
  readonly #overheard = new Map<number, Datagram[]>();

  constructor(clock: VirtualClock, random: SeededRandom) {
    this.#clock = clock;
    this.memory.observe((datagram) => this.#count(datagram));
    this.memory.use((next) => ({ accept: (datagram) => this.#arrive(datagram, (inside) => next.accept(inside)) }));
    let faults: FaultInjector | undefined;
    this.memory.use((next) => (faults = new FaultInjector(next, { clock, random })));
    this.faults = faults as unknown as FaultInjector;
    this.memory.use((next) => ({ accept: (datagram) => this.#leave(datagram, (outside) => next.accept(outside)) }));
  }

  /** The host has this address from now on; behind a router, the router has `nat.outside`. */
  settle(host: number, at: Endpoint, nat: Nat | undefined): void {
    this.#hostOf.set(toHex(at.address), host);
    if (nat === undefined) return;
    this.#natInside.set(toHex(at.address), nat);
    this.#natOutside.set(toHex(nat.outside), nat);
    this.#hostOf.set(toHex(nat.outside), host);
  }

  block(from: number, to: number, blocked: boolean): void {
    if (blocked) this.#blocked.add(`${from} ${to}`);
    else this.#blocked.delete(`${from} ${to}`);
  }

  unblockAll(): void {
    this.#blocked.clear();
  }

  setDeaf(host: number, deaf: boolean): void {
    if (deaf) this.#deaf.add(host);
    else this.#deaf.delete(host);
  }

  /** A datagram that no host has sent comes to where `to` is now. */
  forge(datagram: Datagram): void {
    this.memory.deliver(datagram);
  }

  /** What the host received lately. */
  overheardBy(host: number): readonly Datagram[] {
    return this.#overheard.get(host) ?? [];
  }

  #leave(datagram: Datagram, next: (datagram: Datagram) => void): void {
    const from = this.#hostOf.get(toHex(datagram.from.address));
    const to = this.#hostOf.get(toHex(datagram.to.address));
    if (this.#blocked.has(`${from} ${to}`)) return;
    next(this.#natInside.get(toHex(datagram.from.address))?.translateOut(datagram) ?? datagram);
  }

  #arrive(datagram: Datagram, next: (datagram: Datagram) => void): void {
    const nat = this.#natOutside.get(toHex(datagram.to.address));
    const inside = nat === undefined ? datagram : this.#translateIn(nat, datagram);
    if (inside === undefined) return;
    const host = this.#hostOf.get(toHex(inside.to.address));
    if (host === undefined || this.#deaf.has(host)) return;
    this.#overhear(host, inside);
    next(inside);
  }

  /** The router's old address is nobody's. */
  #translateIn(nat: Nat, datagram: Datagram): Datagram | undefined {
    return toHex(nat.outside) === toHex(datagram.to.address) ? nat.translateIn(datagram) : undefined;
  }

  #overhear(host: number, datagram: Datagram): void {
    const overheard = this.#overheard.get(host) ?? [];
    overheard.push(datagram);
    if (overheard.length > OVERHEARD) overheard.shift();
    this.#overheard.set(host, overheard);
  }

  #count({ bytes, to }: Datagram): void {
    this.datagrams += 1;
    let digest = Math.imul(this.digest ^ this.#clock.at, 0x01000193) ^ bytes.length ^ to.port;
    for (let index = Math.max(0, bytes.length - 16); index < bytes.length; index += 1)
      digest = Math.imul(digest ^ bytes[index], 0x01000193);
    this.digest = digest >>> 0;
  }
}

/** Addresses of a host at its `move`th place. */
export function publicEndpoint(host: number, move: number): Endpoint {
  return endpoint(`192.0.${2 + (move % 100)}.${host + 1}`, 51_820);
}

export function insideEndpoint(host: number): Endpoint {
  return endpoint(`192.168.${host}.2`, 51_820);
}

export function outsideAddress(host: number, move: number): Uint8Array {
  return endpoint(`198.51.${100 + (move % 100)}.${host + 1}`, 0).address;
}

export function strangerEndpoint(number: number): Endpoint {
  return endpoint(`203.0.${(number >>> 8) & 255}.${number & 255}`, 1024 + (number % 50_000));
}
