/**
 * One peer with a choice of carriers: its selector, and what stands behind the selector's numbers:
 * endpoints, bundles, and the words for people.
 */
import type { Endpoint } from '../../protocol/endpoint.ts';
import type { PeerId, Prefix } from '../../protocol/engine-port.ts';
import type { Instant, WallTime } from '../../protocol/time.ts';
import type { CarrierName } from '../../transport/carrier-name.ts';
import type { CarrierCandidate } from '../../transport/selection/candidate.ts';
import type { SelectorPhase } from '../../transport/selection/carrier-selector.ts';
import { CarrierSelector } from '../../transport/selection/carrier-selector.ts';
import type { ProbeTarget } from './probe-target.ts';
import { chooseProbeTarget } from './probe-target.ts';

export interface DirectedPeerConfig {
  readonly peer: PeerId;
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  /** In order of preference, at least one; each carrier at most once. */
  readonly candidates: readonly CarrierCandidate[];
  readonly allowedIps: readonly Prefix[];
  /** Whether a persistent keepalive asks for a session at all times. */
  readonly isPersistent: boolean;
}

/** A change of carrier, or the confirmation of one on trial (`from` and `to` are the same then). */
export interface CarrierDecision {
  readonly peer: PeerId;
  /** Undefined for the first one. */
  readonly from: CarrierName | undefined;
  readonly to: CarrierName;
  readonly endpoint: Endpoint;
  /** `no answer over udp for 1.2 s`. */
  readonly reason: string;
  /** Whether data came back this way; a peer that answers no probes is taken at its handshake. */
  readonly isProven: boolean;
  readonly at: WallTime;
}

export interface CarrierStatus {
  readonly phase: SelectorPhase;
  /** The latest; undefined before the first. */
  readonly decision: CarrierDecision | undefined;
  /** Of a probe over the path in use, milliseconds; undefined while none was answered. */
  readonly roundTrip: number | undefined;
}

export class DirectedPeer {
  readonly config: DirectedPeerConfig;
  readonly selector: CarrierSelector;
  readonly probeTarget: ProbeTarget | undefined;
  /** The network that it was last known to work in. */
  network: string | undefined;
  decision: CarrierDecision | undefined;
  /** Where packets go. */
  #used: number;
  /** Of UDP, where the peer was last heard. BOUNDED by the candidates, as are the bundles. */
  readonly #endpoints: Endpoint[];
  readonly #bundles: (number | undefined)[];

  /**
   * @param start the candidate to begin with
   * @param nextBundle gives ids to bundles. Streams have one before they are opened: without an endpoint
   *   the core would not even try to reach the peer
   */
  constructor(config: DirectedPeerConfig, addresses: readonly Prefix[], start: number, nextBundle: () => number) {
    this.config = config;
    this.probeTarget = chooseProbeTarget(addresses, config.allowedIps);
    this.selector = new CarrierSelector({ candidates: config.candidates, start, isPersistent: config.isPersistent });
    this.#used = start;
    this.#endpoints = config.candidates.map(({ endpoint }) => endpoint);
    this.#bundles = config.candidates.map(({ target }) => (target === undefined ? undefined : nextBundle()));
  }

  get used(): number {
    return this.#used;
  }

  use(candidate: number): void {
    this.#used = candidate;
  }

  /** Where its datagrams are sent. */
  endpointOf(candidate: number): Endpoint {
    const endpoint = this.#endpoints[candidate];
    const bundle = this.#bundles[candidate];
    return bundle === undefined ? endpoint : { ...endpoint, bundle };
  }

  /** The candidate that an endpoint belongs to; undefined for streams that are not open any more. */
  candidateOf(endpoint: Endpoint): number | undefined {
    if (endpoint.bundle !== undefined) return this.candidateOfBundle(endpoint.bundle);
    const udp = this.config.candidates.findIndex(({ target }) => target === undefined);
    return udp < 0 ? undefined : udp;
  }

  candidateOfBundle(bundle: number): number | undefined {
    const candidate = this.#bundles.indexOf(bundle);
    return candidate < 0 ? undefined : candidate;
  }

  bundleOf(candidate: number): number | undefined {
    return this.#bundles[candidate];
  }

  setBundle(candidate: number, bundle: number): void {
    this.#bundles[candidate] = bundle;
  }

  /** The peer was heard at another address by UDP: it has moved. */
  moveTo(candidate: number, endpoint: Endpoint): void {
    this.#endpoints[candidate] = endpoint;
  }

  nameOf(candidate: number): CarrierName {
    return this.config.candidates[candidate].name;
  }

  /** Undefined where it is not among the candidates. */
  candidateNamed(name: CarrierName | undefined): number | undefined {
    const candidate = this.config.candidates.findIndex((each) => each.name === name);
    return candidate < 0 ? undefined : candidate;
  }

  deadline(): Instant | undefined {
    return this.selector.nextDeadline();
  }
}
