/**
 * Carries out what the selectors of all peers decide, and tells them what happens: between the protocol
 * core, the streams, the ledger of traffic and the clock. One timer serves all peers. Peers that are
 * not added here are not touched.
 *
 *     core events, streams up and down, echo replies ──► selector ──► core: use, initiate, probe
 *     ledger, at each deadline ─────────────────────────►         ──► streams: open, close
 */
import type { EchoMark } from '../../platform/linux/icmp-echo.ts';
import { sameEndpoint } from '../../protocol/endpoint.ts';
import type { PeerId, Prefix, TrafficLedger } from '../../protocol/engine-port.ts';
import type { Instant, Moment } from '../../protocol/time.ts';
import type { Tunnel } from '../../protocol/tunnel.ts';
import type { TunnelEvent } from '../../protocol/tunnel-event.ts';
import type { SelectorAction, SelectorDecision, SelectorInput } from '../../transport/selection/selector-messages.ts';
import type { StreamTarget } from '../../transport/stream/stream-target.ts';
import type { CarrierDecision, CarrierStatus, DirectedPeerConfig } from './directed-peer.ts';
import { DirectedPeer } from './directed-peer.ts';
import { buildProbe } from './probe-packet.ts';
import type { RememberedCarriers } from './remembered-carriers.ts';

/** What the director asks of the core. */
export type DirectedCore = Pick<Tunnel, 'pinEndpoint' | 'setEndpoint' | 'initiateVia' | 'probe'>;

/** What it asks of the streams: to connect and to stay connected, until closed. */
export interface StreamControl {
  open(bundle: number, target: StreamTarget): void;
  close(bundle: number): void;
}

export interface DirectorOptions {
  /** Changes the core and passes on what follows from it. */
  readonly driver: { run<Result>(action: (core: DirectedCore, now: Moment) => Result): Result };
  readonly streams: StreamControl;
  readonly ledger: Pick<TrafficLedger, 'read'>;
  readonly clock: () => Moment;
  /** Of our interface at this moment, host bits kept. */
  readonly addresses: () => readonly Prefix[];
  readonly memory: Pick<RememberedCarriers, 'recall' | 'remember'>;
  /** Which network this machine is in; undefined while that cannot be told. */
  readonly network: () => string | undefined;
  readonly onDecision: (decision: CarrierDecision) => void;
  /** Runs `run` once after so many milliseconds, and returns what cancels that. */
  readonly wakeAfter?: (milliseconds: number, run: () => void) => () => void;
}

/** Ids of outgoing bundles: 31 bits, the high bit is for accepted ones. */
const MAX_BUNDLE = 0x7fff_ffff;

export class CarrierDirector {
  readonly #options: DirectorOptions;
  readonly #wakeAfter: (milliseconds: number, run: () => void) => () => void;
  /** BOUNDED by MAX_PEERS. */
  readonly #peers = new Map<PeerId, DirectedPeer>();
  #lastBundle = 0;
  /** An initiation of ours is not a wish of the core. */
  #isInitiating = false;
  #cancelTimer: () => void = () => undefined;

  constructor(options: DirectorOptions) {
    this.#options = options;
    this.#wakeAfter = options.wakeAfter ?? wakeByTimer;
  }

  /** From here on the director says where this peer's packets go. Before the core starts, or the core's first handshake is not seen. */
  addPeer(config: DirectedPeerConfig): void {
    const { addresses, driver, memory } = this.#options;
    const network = this.#options.network();
    const remembered = network === undefined ? undefined : memory.recall(network, config.publicKey);
    const start = config.candidates.findIndex(({ name }) => name === remembered);
    const peer = new DirectedPeer(config, addresses(), Math.max(start, 0), () => this.#nextBundle());
    peer.network = network;
    this.#peers.set(config.peer, peer);
    driver.run((core) => core.pinEndpoint(config.peer, true));
    this.#perform(peer, peer.selector.takeActions());
  }

  /** Closes its streams. The core forgets it by itself. */
  removePeer(id: PeerId): void {
    const peer = this.#peers.get(id);
    if (peer === undefined) return;
    for (const candidate of peer.config.candidates.keys()) {
      const bundle = peer.bundleOf(candidate);
      if (bundle !== undefined) this.#options.streams.close(bundle);
    }
    this.#peers.delete(id);
    this.#schedule();
  }

  /** No timer fires and nothing is done any more. */
  stop(): void {
    this.#cancelTimer();
    this.#peers.clear();
  }

  /** Undefined for peers that are not directed. */
  statusOf(id: PeerId): CarrierStatus | undefined {
    const peer = this.#peers.get(id);
    if (peer === undefined) return undefined;
    const { phase, roundTrip } = peer.selector;
    return { phase, decision: peer.decision, roundTrip };
  }

  // ------------------------------------------------------------------------------------------
  // What is heard
  // ------------------------------------------------------------------------------------------

  /** From the core, in order. */
  handleEvent(event: TunnelEvent): void {
    const peer = 'peer' in event ? this.#peers.get(event.peer) : undefined;
    if (peer === undefined) return;
    switch (event.kind) {
      case 'handshake-sent':
        if (!this.#isInitiating) this.#tell(peer, { kind: 'handshake-sent' });
        break;
      case 'handshake-completed':
        this.#heardFrom(peer, event.endpoint, (candidate) => ({ kind: 'handshake-completed', candidate }));
        this.#checkNetwork(peer);
        break;
      case 'heard-elsewhere':
        this.#heardFrom(peer, event.endpoint, (candidate) => ({ kind: 'heard', candidate, data: event.data }));
        break;
      case 'keys-zeroed':
        this.#tell(peer, { kind: 'keys-zeroed' });
        break;
      default:
        break;
    }
  }

  /** A bundle that was opened here can be sent to. */
  streamUp(bundle: number): void {
    this.#tellOfBundle(bundle, (candidate) => ({ kind: 'stream-up', candidate }));
  }

  /** All connections of the bundle are lost; they are being made anew. */
  streamDown(bundle: number, reason: string): void {
    this.#tellOfBundle(bundle, (candidate) => ({ kind: 'stream-down', candidate, reason }));
  }

  /** An answer to an echo request was delivered to this machine. Ours have an identifier that names the peer. */
  echoAnswered(mark: EchoMark): void {
    for (const peer of this.#peers.values()) {
      if (identifierOf(peer) === mark.identifier) this.#tell(peer, { kind: 'probe-answered', sequence: mark.sequence });
    }
  }

  /** This machine may be in another network: after a change of routes, or a sleep. */
  networkChanged(): void {
    for (const peer of this.#peers.values()) this.#checkNetwork(peer);
  }

  // ------------------------------------------------------------------------------------------

  #heardFrom(
    peer: DirectedPeer,
    endpoint: Parameters<DirectedPeer['candidateOf']>[0],
    input: (candidate: number) => SelectorInput,
  ): void {
    const candidate = peer.candidateOf(endpoint);
    if (candidate === undefined) return;
    if (endpoint.bundle === undefined && !sameEndpoint(peer.endpointOf(candidate), endpoint)) {
      peer.moveTo(candidate, endpoint);
      if (peer.used === candidate) this.#use(peer, candidate);
    }
    this.#tell(peer, input(candidate));
  }

  #tellOfBundle(bundle: number, input: (candidate: number) => SelectorInput): void {
    for (const peer of this.#peers.values()) {
      const candidate = peer.candidateOfBundle(bundle);
      if (candidate !== undefined) this.#tell(peer, input(candidate));
    }
  }

  #tell(peer: DirectedPeer, input: SelectorInput): void {
    const wasSearching = isSearching(peer);
    this.#handle(peer, input);
    // A network that we have left looks like a carrier that has died.
    if (!wasSearching && isSearching(peer)) this.#checkNetwork(peer);
    this.#schedule();
  }

  #handle(peer: DirectedPeer, input: SelectorInput): void {
    peer.selector.handle(input, this.#options.clock().at);
    this.#perform(peer, peer.selector.takeActions());
  }

  #checkNetwork(peer: DirectedPeer): void {
    const network = this.#options.network();
    if (network === undefined || network === peer.network) return;
    const isFirst = peer.network === undefined;
    peer.network = network;
    if (isFirst) return;
    const remembered = peer.candidateNamed(this.#options.memory.recall(network, peer.config.publicKey));
    this.#handle(peer, { kind: 'network-changed', remembered });
    this.#schedule();
  }

  #perform(peer: DirectedPeer, actions: readonly SelectorAction[]): void {
    for (const action of actions) this.#performOne(peer, action);
  }

  #performOne(peer: DirectedPeer, action: SelectorAction): void {
    switch (action.kind) {
      case 'open':
        this.#open(peer, action.candidate);
        break;
      case 'close':
        this.#close(peer, action.candidate);
        break;
      case 'initiate':
        this.#initiate(peer, action.candidate);
        break;
      case 'probe':
        this.#probe(peer, action.candidate, action.sequence);
        break;
      case 'use':
        this.#use(peer, action.candidate);
        break;
      case 'decided':
        this.#decided(peer, action.decision);
        break;
    }
  }

  #open(peer: DirectedPeer, candidate: number): void {
    const { target } = peer.config.candidates[candidate];
    const bundle = peer.bundleOf(candidate);
    if (target !== undefined && bundle !== undefined) this.#options.streams.open(bundle, target);
  }

  /** Next time it is another bundle: what is still said about this one then means nothing. */
  #close(peer: DirectedPeer, candidate: number): void {
    const bundle = peer.bundleOf(candidate);
    if (bundle === undefined) return;
    this.#options.streams.close(bundle);
    peer.setBundle(candidate, this.#nextBundle());
    if (peer.used === candidate) this.#use(peer, candidate);
  }

  #nextBundle(): number {
    this.#lastBundle = (this.#lastBundle % MAX_BUNDLE) + 1;
    return this.#lastBundle;
  }

  #initiate(peer: DirectedPeer, candidate: number): void {
    const endpoint = peer.endpointOf(candidate);
    this.#isInitiating = true;
    try {
      this.#options.driver.run((core, now) => core.initiateVia(peer.config.peer, endpoint, now));
    } finally {
      this.#isInitiating = false;
    }
  }

  #probe(peer: DirectedPeer, candidate: number, sequence: number): void {
    if (peer.probeTarget === undefined) return;
    const endpoint = peer.endpointOf(candidate);
    const packet = buildProbe(peer.probeTarget, { identifier: identifierOf(peer), sequence });
    this.#options.driver.run((core) => core.probe(peer.config.peer, endpoint, packet));
  }

  #use(peer: DirectedPeer, candidate: number): void {
    peer.use(candidate);
    this.#options.driver.run((core) => core.setEndpoint(peer.config.peer, peer.endpointOf(candidate)));
  }

  #decided(peer: DirectedPeer, { from, to, reason, proven }: SelectorDecision): void {
    const { memory, clock, onDecision } = this.#options;
    peer.decision = {
      peer: peer.config.peer,
      from: from === undefined ? undefined : peer.nameOf(from),
      to: peer.nameOf(to),
      endpoint: peer.endpointOf(to),
      reason,
      isProven: proven,
      at: clock().wall,
    };
    if (proven && peer.network !== undefined) memory.remember(peer.network, peer.config.publicKey, peer.nameOf(to));
    onDecision(peer.decision);
  }

  #schedule(): void {
    this.#cancelTimer();
    let earliest: Instant | undefined;
    for (const peer of this.#peers.values()) {
      const deadline = peer.deadline();
      if (deadline !== undefined && (earliest === undefined || deadline < earliest)) earliest = deadline;
    }
    if (earliest === undefined) return;
    const wait = Math.max(Math.ceil(earliest - this.#options.clock().at), 0);
    this.#cancelTimer = this.#wakeAfter(wait, () => this.#lookAtTraffic());
  }

  #lookAtTraffic(): void {
    const now = this.#options.clock().at;
    for (const peer of this.#peers.values()) {
      const deadline = peer.deadline();
      if (deadline === undefined || deadline > now) continue;
      this.#tell(peer, { kind: 'traffic', record: this.#options.ledger.read(peer.config.peer) });
    }
    this.#schedule();
  }
}

function isSearching(peer: DirectedPeer): boolean {
  return peer.selector.phase === 'searching';
}

/** 16 bits: the id of the peer fits. */
function identifierOf(peer: DirectedPeer): number {
  return (peer.config.peer + process.pid) & 0xffff;
}

function wakeByTimer(milliseconds: number, run: () => void): () => void {
  const timer = setTimeout(run, milliseconds);
  return () => clearTimeout(timer);
}
