/** One end of a simulated tunnel: the core, a data plane, and a place on the network. */
import { nodeCrypto } from '../../src/crypto/node-crypto.ts';
import type { Endpoint } from '../../src/protocol/endpoint.ts';
import type { EngineCommand, EngineEvent, PeerId } from '../../src/protocol/engine-port.ts';
import { nullProfile } from '../../src/protocol/obfuscation/null-profile.ts';
import type { Profile } from '../../src/protocol/obfuscation/profile.ts';
import type { Random } from '../../src/protocol/random.ts';
import type { Instant } from '../../src/protocol/time.ts';
import type { TimingPolicy } from '../../src/protocol/timers/timing.ts';
import { Tunnel } from '../../src/protocol/tunnel.ts';
import type { TunnelEvent } from '../../src/protocol/tunnel-event.ts';
import type { PeerConfig, PeerSnapshot } from '../../src/protocol/tunnel-options.ts';
import { endpointKey } from '../../src/testing/addresses.ts';
import { SeededRandom } from '../../src/testing/seeded-random.ts';
import type { VirtualClock } from '../../src/testing/virtual-clock.ts';
import { SimEngine } from './sim-engine.ts';
import type { Flight, SimNetwork } from './sim-network.ts';

export interface SimHostOptions {
  readonly endpoint: Endpoint;
  readonly seed: number;
  readonly privateKey?: Uint8Array;
  /** Instead of one made from the seed. */
  readonly random?: Random;
  readonly profile?: Profile;
  readonly timing?: Partial<TimingPolicy>;
}

export interface TimedEvent {
  readonly at: Instant;
  readonly event: TunnelEvent;
}

const crypto = nodeCrypto();

export class SimHost {
  readonly tunnel: Tunnel;
  readonly engine: SimEngine;
  /** What the tunnel told, and what it commanded. BOUNDED by the length of the test. */
  readonly events: TimedEvent[] = [];
  readonly commands: EngineCommand[] = [];
  endpoint: Endpoint;
  /** Hears of each event as it comes. */
  onEvent: (event: TunnelEvent) => void = () => undefined;
  readonly #clock: VirtualClock;
  readonly #network: SimNetwork;
  #cancelTimeout: () => void = () => undefined;
  /** While the machine sleeps it neither receives nor notices deadlines. */
  #isSuspended = false;

  constructor(clock: VirtualClock, network: SimNetwork, options: SimHostOptions) {
    this.#clock = clock;
    this.#network = network;
    this.endpoint = options.endpoint;
    const random = options.random ?? new SeededRandom(options.seed);
    const profile = options.profile ?? nullProfile();
    this.engine = new SimEngine(clock, crypto, profile, (to, content) => network.send(this.endpoint, to, content));
    const privateKey = options.privateKey ?? random.fill(new Uint8Array(32));
    const { ledger } = this.engine;
    this.tunnel = new Tunnel(
      { privateKey, profile, crypto, random, ledger, timing: options.timing ?? {} },
      clock.now(),
    );
    network.attach(this.endpoint, (flight) => this.receive(flight));
    this.tunnel.start(clock.now());
  }

  addPeer(config: Partial<PeerConfig> & { readonly publicKey: Uint8Array }): PeerId {
    const peer = this.tunnel.addPeer({ allowedIps: [], persistentKeepalive: 0, ...config }, this.#clock.now());
    this.settle();
    return peer;
  }

  send(peer: PeerId, text: string): void {
    this.engine.sendText(peer, text);
    this.settle();
  }

  receive(flight: Flight): void {
    if (this.#isSuspended) return;
    this.engine.receive(flight);
    this.settle();
  }

  /** Reports to the core what no simulated packet would cause. */
  report(event: EngineEvent): void {
    this.tunnel.handleEvent(event, this.#clock.now());
    this.settle();
  }

  /** The machine gets another address; what is under way to the old one is lost. */
  moveTo(endpoint: Endpoint): void {
    this.#network.detach(this.endpoint);
    this.endpoint = endpoint;
    this.#network.attach(endpoint, (flight) => this.receive(flight));
  }

  suspend(): void {
    this.#isSuspended = true;
    this.#cancelTimeout();
  }

  resume(): void {
    this.#isSuspended = false;
    this.settle();
  }

  /** Lets core and data plane talk until both have nothing to say, and arms the next deadline. */
  settle(): void {
    if (this.#isSuspended) return;
    for (let rounds = 0; this.#exchange(); rounds++) {
      if (rounds > 1000) throw new Error('core and data plane do not come to rest');
    }
    for (const event of this.tunnel.pollEvents()) {
      this.events.push({ at: this.#clock.at, event });
      this.onEvent(event);
    }
    this.#cancelTimeout();
    const deadline = this.tunnel.nextDeadline();
    if (deadline !== undefined) this.#cancelTimeout = this.#clock.schedule(deadline, () => this.#timeout());
  }

  peer(id: PeerId): PeerSnapshot {
    return this.tunnel.snapshot().peers.find((peer) => peer.id === id) as PeerSnapshot;
  }

  /** Events of one kind, in order. */
  eventsOf<Kind extends TunnelEvent['kind']>(
    kind: Kind,
  ): { at: Instant; event: Extract<TunnelEvent, { kind: Kind }> }[] {
    return this.events.filter(({ event }) => event.kind === kind) as ReturnType<typeof this.eventsOf<Kind>>;
  }

  /** Texts that arrived from anyone. */
  get delivered(): readonly string[] {
    return this.engine.delivered.map(({ text }) => text);
  }

  /** Datagrams it sent. */
  get sent(): readonly Flight[] {
    return this.#network.flights.filter((flight) => endpointKey(flight.from) === endpointKey(this.endpoint));
  }

  /** Keepalives it sent. */
  get keepalives(): readonly Flight[] {
    return this.sent.filter(({ content }) => !(content instanceof Uint8Array) && content.text === '');
  }

  #timeout(): void {
    this.tunnel.handleTimeout(this.#clock.now());
    this.settle();
  }

  #exchange(): boolean {
    const commands = this.tunnel.pollCommands();
    for (const command of commands) this.engine.execute(command);
    this.commands.push(...commands);
    const events = this.engine.takeEvents();
    for (const event of events) this.tunnel.handleEvent(event, this.#clock.now());
    return commands.length + events.length > 0;
  }
}
