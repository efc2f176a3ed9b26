/** A whole tunnel end in memory: the core and the real data plane, with a TUN and a carrier that are not there. */
import { nodeCrypto } from '../../src/crypto/node-crypto.ts';
import { Arena } from '../../src/dataplane/arena.ts';
import { InlineEngine } from '../../src/dataplane/inline-engine.ts';
import { createPacketKernel } from '../../src/kernels/packet-kernel.ts';
import { createAeadKernel } from '../../src/kernels/select.ts';
import type { Endpoint } from '../../src/protocol/endpoint.ts';
import type { Profile } from '../../src/protocol/obfuscation/profile.ts';
import { Tunnel } from '../../src/protocol/tunnel.ts';
import type { TunnelEvent } from '../../src/protocol/tunnel-event.ts';
import type { MemoryCarrier, MemoryNetwork, VirtualClock } from '../../src/testing/index.ts';
import { address, MemoryTun, SeededRandom } from '../../src/testing/index.ts';

/** Enough for two engines of one peer each. */
const ARENA_PAGES = 128;

export interface WholeHostOptions {
  readonly inner: string;
  readonly endpoint: Endpoint;
  readonly profile: Profile;
  readonly seed: number;
}

export class WholeHost {
  readonly inner: string;
  readonly endpoint: Endpoint;
  readonly tun: MemoryTun;
  readonly carrier: MemoryCarrier;
  readonly engine: InlineEngine;
  readonly tunnel: Tunnel;
  /** BOUNDED by the length of the test. */
  readonly events: TunnelEvent[] = [];
  readonly #clock: VirtualClock;

  constructor(clock: VirtualClock, network: MemoryNetwork, options: WholeHostOptions) {
    this.#clock = clock;
    this.inner = options.inner;
    this.endpoint = options.endpoint;
    const arena = new Arena(ARENA_PAGES);
    const [crypto, random] = [nodeCrypto(), new SeededRandom(options.seed)];
    const { profile } = options;
    this.tun = new MemoryTun(arena);
    this.carrier = network.attach(arena, { local: [options.endpoint], trains: true });
    this.engine = new InlineEngine({
      arena,
      aead: createAeadKernel('wasm-simd', arena),
      packets: createPacketKernel(arena, 0),
      tun: this.tun,
      carrier: this.carrier,
      crypto,
      random,
      profile,
      clock: () => clock.now(),
    });
    const privateKey = random.fill(new Uint8Array(32));
    this.tunnel = new Tunnel({ privateKey, profile, crypto, random, ledger: this.engine.ledger }, clock.now());
    this.engine.listen({
      onEvents: (events) => {
        for (const event of events) this.tunnel.handleEvent(event, clock.now());
        this.#flush();
      },
      onFailure: (error) => {
        throw error;
      },
    });
    this.tunnel.start(clock.now());
  }

  meet(other: WholeHost, persistentKeepalive = 0): void {
    const allowedIps = [{ address: address(other.inner), length: 32 }];
    const { publicKey } = other.tunnel;
    this.tunnel.addPeer({ publicKey, allowedIps, endpoint: other.endpoint, persistentKeepalive }, this.#clock.now());
    this.#flush();
  }

  /** What its owner has it do. */
  steer(action: (tunnel: Tunnel) => void): void {
    action(this.tunnel);
    this.#flush();
  }

  /** Does what is due; returns whether anything moved. */
  work(): boolean {
    const deadline = this.tunnel.nextDeadline();
    if (deadline !== undefined && deadline <= this.#clock.at) {
      this.tunnel.handleTimeout(this.#clock.now());
      this.#flush();
    }
    return this.engine.pump() || this.carrier.waiting > 0;
  }

  #flush(): void {
    for (let commands = this.tunnel.pollCommands(); commands.length > 0; commands = this.tunnel.pollCommands()) {
      this.engine.execute(commands);
    }
    this.events.push(...this.tunnel.pollEvents());
  }
}
