/** A simulated world: hosts, links between them, a network, one clock, and every invariant checked at each step. */
import type { Endpoint } from '../../../src/protocol/endpoint.ts';
import type { PeerId } from '../../../src/protocol/engine-port.ts';
import type { BuiltProfile } from '../../../src/protocol/obfuscation/parameters.ts';
import type { Instant } from '../../../src/protocol/time.ts';
import { SECOND } from '../../../src/protocol/time.ts';
import { address, SeededRandom, VirtualClock } from '../../../src/testing/index.ts';
import { Nat } from '../../../src/testing/nat.ts';
import type { DisguiseName } from './disguises.ts';
import { disguiseNamed } from './disguises.ts';
import { Conversations, innerOf, PURPOSE } from './invariants/conversations.ts';
import { Recovery, recoveryBound } from './invariants/recovery.ts';
import { SealedCounters } from './invariants/sealed-counters.ts';
import type { LinkPlan, Scenario } from './scenario.ts';
import { seededCrypto } from './seeded-crypto.ts';
import { WorldHost } from './world-host.ts';
import { insideEndpoint, outsideAddress, publicEndpoint, WorldNetwork } from './world-network.ts';

/** Milliseconds one way while all is well. */
export const CALM_DELAY = 20;

const DEFAULT_BATCH = 16;
/** Enough to count as load. */
const FLOODED_BATCH = 192;

/** A link as it is now. */
export interface WorldLink {
  readonly plan: LinkPlan;
  readonly client: WorldHost;
  readonly server: WorldHost;
  keepalive: number;
  psk: Uint8Array | undefined;
  isRouted: boolean;
}

export class World {
  readonly clock = new VirtualClock();
  readonly random: SeededRandom;
  readonly network: WorldNetwork;
  readonly hosts: readonly WorldHost[];
  readonly links: readonly WorldLink[];
  readonly conversations = new Conversations();
  readonly recovery = new Recovery();
  /** How often all has become well. */
  calms = 0;
  readonly #began: Instant;
  #disguise: BuiltProfile;
  #moves = 0;
  #steps = 0;

  constructor(scenario: Scenario) {
    this.random = new SeededRandom(scenario.seed);
    this.network = new WorldNetwork(this.clock, this.random.fork());
    this.network.faults.setFaults({ delay: CALM_DELAY });
    this.#disguise = disguiseNamed(scenario.disguise);
    this.#began = this.clock.at;
    this.hosts = this.#populate(scenario);
    this.links = scenario.links.map((plan) => ({
      plan,
      client: this.hosts[plan.client],
      server: this.hosts[plan.server],
      keepalive: plan.keepalive,
      psk: plan.psk ? this.random.fill(new Uint8Array(32)) : undefined,
      isRouted: true,
    }));
    for (const link of this.links) this.introduce(link);
  }

  /** Milliseconds since the beginning. */
  get elapsed(): number {
    return this.clock.at - this.#began;
  }

  get steps(): number {
    return this.#steps;
  }

  get disguise(): BuiltProfile {
    return this.#disguise;
  }

  /** Everybody looks like this from now on. */
  wear(name: DisguiseName): void {
    this.#disguise = disguiseNamed(name);
    const { profile, timing } = this.#disguise;
    for (const host of this.hosts) {
      host.steer((tunnel) => {
        tunnel.setProfile(profile);
        tunnel.setTiming(timing);
      });
    }
  }

  linksOf(host: WorldHost): WorldLink[] {
    return this.links.filter(({ client, server }) => client === host || server === host);
  }

  /** What each end of the link calls the other; undefined where it does not know it. */
  peerOf(host: WorldHost, other: WorldHost): PeerId | undefined {
    return host.tunnel.find(other.tunnel.publicKey);
  }

  /** Both ends get to know each other. */
  introduce(link: WorldLink): void {
    this.introduceTo(link.client, link);
    this.introduceTo(link.server, link);
  }

  /** `host`, an end of the link, gets to know the other. */
  introduceTo(host: WorldHost, link: WorldLink): void {
    const isClient = host === link.client;
    const other = isClient ? link.server : link.client;
    host.steer((tunnel) =>
      tunnel.addPeer(
        {
          publicKey: other.tunnel.publicKey,
          allowedIps: isClient || link.isRouted ? [{ address: address(innerOf(other.index)), length: 32 }] : [],
          persistentKeepalive: isClient ? link.keepalive : 0,
          ...(link.psk && { presharedKey: link.psk }),
          ...(isClient && { endpoint: other.endpoint }),
        },
        host.now(),
      ),
    );
  }

  /** An application of `from` sends to one of `to`. */
  send(from: WorldHost, to: WorldHost, purpose: number, bytes: number): void {
    if (!from.isAsleep) from.send(this.conversations.packet(from.index, to.index, purpose, bytes));
  }

  /** An address where nobody was before. */
  newEndpoint(host: WorldHost): Endpoint {
    this.#moves += 1;
    return publicEndpoint(host.index, this.#moves);
  }

  newOutsideAddress(host: WorldHost): Uint8Array {
    this.#moves += 1;
    return outsideAddress(host.index, this.#moves);
  }

  /** How long links may take to answer after all is well. */
  get recoveryBound(): number {
    return recoveryBound(this.hosts[0].timing, 2 * CALM_DELAY);
  }

  advanceTo(elapsed: number): void {
    const end = (this.#began + elapsed) as Instant;
    for (;;) {
      this.#settle();
      const next = Math.min(this.#nextStep(), end) as Instant;
      this.clock.advanceTo(next);
      if (next === end) break;
    }
    this.#settle();
  }

  #populate({ hosts, events }: Scenario): readonly WorldHost[] {
    const flooded = new Set(events.flatMap((event) => (event.kind === 'flood' ? [event.host] : [])));
    const surroundings = {
      clock: this.clock,
      network: this.network.memory,
      counters: new SealedCounters(),
      crypto: seededCrypto(this.random.fork()),
      disguise: () => this.#disguise,
      onFrame: (host: WorldHost, frame: Uint8Array) => this.#deliver(host, frame),
    };
    return hosts.map(({ nat: plan }, index) => {
      const outside = outsideAddress(index, 0);
      const nat = plan && new Nat(this.clock, { outside, mapping: plan.mapping, lifetime: plan.lifetime * SECOND });
      const endpoint = nat === undefined ? publicEndpoint(index, 0) : insideEndpoint(index);
      const batch = flooded.has(index) ? FLOODED_BATCH : DEFAULT_BATCH;
      this.network.settle(index, endpoint, nat);
      return new WorldHost(surroundings, { index, random: this.random.fork(), nat, endpoint, batch });
    });
  }

  #nextStep(): number {
    let next: number = this.clock.nextTask() ?? Number.POSITIVE_INFINITY;
    for (const host of this.hosts) next = Math.min(next, host.nextDeadline());
    return next;
  }

  /** Everybody does what is to be done now; then what must hold at every step is looked at. */
  #settle(): void {
    this.#steps += 1;
    for (let busy = true; busy; ) {
      busy = false;
      for (const host of this.hosts) if (host.work()) busy = true;
    }
    for (const host of this.hosts) host.check();
    this.recovery.check(this.clock.at, this.recoveryBound);
  }

  #deliver(host: WorldHost, frame: Uint8Array): void {
    for (const { from, purpose } of this.conversations.receive(host.index, frame)) {
      const sender = this.hosts[from];
      if (purpose === PURPOSE.question) this.send(host, sender, PURPOSE.answer, 64);
      if (purpose === PURPOSE.answer) this.#answered(host, sender);
    }
  }

  #answered(client: WorldHost, server: WorldHost): void {
    const link = this.links.findIndex((each) => each.client === client && each.server === server);
    this.recovery.answered(link, this.clock.at);
  }
}
