/** Two hosts that know each other, joined by a network, under one virtual clock. */
import type { PeerId } from '../../src/protocol/engine-port.ts';
import type { Profile } from '../../src/protocol/obfuscation/profile.ts';
import type { TimingPolicy } from '../../src/protocol/timers/timing.ts';
import type { PeerConfig } from '../../src/protocol/tunnel-options.ts';
import { endpoint } from '../../src/testing/addresses.ts';
import { VirtualClock } from '../../src/testing/virtual-clock.ts';
import { SimHost } from './sim-host.ts';
import { SimNetwork } from './sim-network.ts';

export const ALICE = endpoint('192.0.2.1', 51820);
export const BOB = endpoint('192.0.2.2', 51820);

export interface PairOptions {
  readonly profile?: Profile;
  readonly timing?: Partial<TimingPolicy>;
  /** Replace what each says about the other. */
  readonly alice?: Partial<PeerConfig>;
  readonly bob?: Partial<PeerConfig>;
}

export class Pair {
  readonly clock = new VirtualClock();
  readonly network = new SimNetwork(this.clock);
  readonly alice: SimHost;
  readonly bob: SimHost;
  /** What Alice calls Bob, and the reverse. */
  readonly bobId: PeerId;
  readonly aliceId: PeerId;

  constructor(options: PairOptions = {}) {
    const { profile, timing } = options;
    const common = { ...(profile && { profile }), ...(timing && { timing }) };
    this.alice = new SimHost(this.clock, this.network, { endpoint: ALICE, seed: 1, ...common });
    this.bob = new SimHost(this.clock, this.network, { endpoint: BOB, seed: 2, ...common });
    this.bobId = this.alice.addPeer({ publicKey: this.bob.tunnel.publicKey, endpoint: BOB, ...options.alice });
    this.aliceId = this.bob.addPeer({ publicKey: this.alice.tunnel.publicKey, endpoint: ALICE, ...options.bob });
  }

  /** A pair with a session that Alice began, and both silent for a while. */
  static connected(options: PairOptions = {}): Pair {
    const pair = new Pair(options);
    pair.alice.send(pair.bobId, 'hello');
    pair.advance(1_000);
    return pair;
  }

  advance(milliseconds: number): void {
    this.clock.advance(milliseconds);
  }

  /** Loses everything from now on. */
  cut(): void {
    this.network.fate = () => 'lost';
  }

  /** Delivers everything again, after `delay`. */
  mend(delay = 20): void {
    this.network.fate = () => delay;
  }
}
