/** Two whole tunnel ends, a network between them that misbehaves as told, and one clock for everything. */
import { nullProfile } from '../../src/protocol/obfuscation/null-profile.ts';
import type { Profile } from '../../src/protocol/obfuscation/profile.ts';
import type { Instant } from '../../src/protocol/time.ts';
import type { Datagram, Faults } from '../../src/testing/index.ts';
import {
  endpoint,
  FaultInjector,
  MemoryNetwork,
  SeededRandom,
  udpPacket,
  VirtualClock,
} from '../../src/testing/index.ts';
import type { WholeHostOptions } from './whole-host.ts';
import { WholeHost } from './whole-host.ts';

export interface WholeWorldOptions {
  readonly profile?: Profile;
  readonly faults?: Faults;
  readonly keepalive?: number;
  readonly seed?: number;
  /** What else a host has, the first being 1. */
  readonly host?: (index: number) => Partial<WholeHostOptions>;
}

export class WholeWorld {
  readonly clock = new VirtualClock();
  readonly network = new MemoryNetwork();
  readonly faults: FaultInjector;
  readonly alice: WholeHost;
  readonly bob: WholeHost;
  readonly datagrams: Datagram[] = [];
  #sequence = 0;

  constructor(options: WholeWorldOptions = {}) {
    const { profile = nullProfile(), seed = 1 } = options;
    const random = new SeededRandom(seed);
    this.network.observe((datagram) => this.datagrams.push(datagram));
    this.faults = new FaultInjector(
      { accept: (datagram) => this.network.deliver(datagram) },
      { clock: this.clock, random, faults: options.faults ?? { delay: 20 } },
    );
    this.network.use(() => this.faults);
    const host = (index: number): WholeHost =>
      new WholeHost(this.clock, this.network, {
        inner: `10.0.0.${index}`,
        endpoint: endpoint(`192.0.2.${index}`, 51820),
        profile,
        seed: seed * 10 + index,
        ...options.host?.(index),
      });
    this.alice = host(1);
    this.bob = host(2);
    this.alice.meet(this.bob, options.keepalive);
    this.bob.meet(this.alice);
  }

  send(from: WholeHost, to: WholeHost): void {
    this.#sequence += 1;
    const payload = new TextEncoder().encode(`message ${this.#sequence}`);
    from.tun.inject(
      udpPacket({ source: from.inner, destination: to.inner, sourcePort: 1, destinationPort: 2, payload }),
    );
    this.#settle();
  }

  advance(milliseconds: number): void {
    const end = (this.clock.at + milliseconds) as Instant;
    for (;;) {
      this.#settle();
      const next = Math.min(this.#nextStep(), end) as Instant;
      this.clock.advanceTo(next);
      if (next === end) break;
    }
    this.#settle();
  }

  #nextStep(): number {
    const deadlines = [this.clock.nextTask(), this.alice.tunnel.nextDeadline(), this.bob.tunnel.nextDeadline()];
    return Math.min(...deadlines.map((deadline) => deadline ?? Number.POSITIVE_INFINITY));
  }

  #settle(): void {
    let busy = true;
    while (busy) busy = [this.alice.work(), this.bob.work()].includes(true);
  }
}
