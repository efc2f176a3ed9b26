/** A whole tunnel end in memory: the core and the real data plane, with a TUN and a carrier that are not there. */
import { nodeCrypto } from '../../src/crypto/node-crypto.ts';
import { Arena } from '../../src/dataplane/arena.ts';
import { InlineEngine } from '../../src/dataplane/inline-engine.ts';
import type { AeadKernel, KernelName } from '../../src/kernels/kernel.ts';
import { createPacketKernel } from '../../src/kernels/packet-kernel.ts';
import { createAeadKernel } from '../../src/kernels/select.ts';
import type { HandshakeCrypto } from '../../src/protocol/crypto.ts';
import type { Endpoint } from '../../src/protocol/endpoint.ts';
import type { EngineCommand, EngineEvent } from '../../src/protocol/engine-port.ts';
import type { Profile } from '../../src/protocol/obfuscation/profile.ts';
import type { Moment } from '../../src/protocol/time.ts';
import type { TimingPolicy } from '../../src/protocol/timers/timing.ts';
import { Tunnel } from '../../src/protocol/tunnel.ts';
import type { TunnelEvent } from '../../src/protocol/tunnel-event.ts';
import type { MemoryCarrier, MemoryNetwork, VirtualClock } from '../../src/testing/index.ts';
import { address, MemoryTun, SeededRandom } from '../../src/testing/index.ts';

/** 64 KiB of the arena: what an engine needs, and each message that it takes in at once. */
const ENGINE_PAGES = 112;
const DEFAULT_BATCH = 16;

/** Who looks over the shoulders of both halves. */
export interface HostWatch {
  /** What the core wants the data plane to do, before that is done. */
  commands(commands: readonly EngineCommand[]): void;
  /** What the data plane reports, before the core hears of it. */
  reports(events: readonly EngineEvent[]): void;
  /** What the core tells its owner. */
  events(events: readonly TunnelEvent[]): void;
  /** Takes the place of the kernel, and uses it. */
  watchKernel(kernel: AeadKernel, arena: Arena): AeadKernel;
}

export interface WholeHostOptions {
  readonly inner: string;
  readonly endpoint: Endpoint;
  readonly profile: Profile;
  readonly seed: number;
  readonly timing?: Partial<TimingPolicy>;
  /** Instead of one made from the seed. */
  readonly privateKey?: Uint8Array;
  /** Instead of one whose ephemeral keys are never twice the same. */
  readonly crypto?: HandshakeCrypto;
  readonly kernel?: KernelName;
  /** Both clocks as this host sees them. */
  readonly now?: () => Moment;
  /** Messages taken in at once. */
  readonly batch?: number;
  /** Told of each frame for the TUN, instead of the TUN keeping it. */
  readonly onWrite?: (frame: Uint8Array) => void;
  /** Told of everything, instead of `events` keeping some of it. */
  readonly watch?: HostWatch;
}

export class WholeHost {
  readonly inner: string;
  readonly endpoint: Endpoint;
  readonly arena: Arena;
  readonly tun: MemoryTun;
  readonly carrier: MemoryCarrier;
  readonly engine: InlineEngine;
  readonly tunnel: Tunnel;
  /** BOUNDED by the length of the test. */
  readonly events: TunnelEvent[] = [];
  readonly #now: () => Moment;
  readonly #watch: HostWatch | undefined;

  constructor(clock: VirtualClock, network: MemoryNetwork, options: WholeHostOptions) {
    const { profile, watch, batch = DEFAULT_BATCH, crypto = nodeCrypto() } = options;
    this.#now = options.now ?? (() => clock.now());
    this.#watch = watch;
    this.inner = options.inner;
    this.endpoint = options.endpoint;
    this.arena = new Arena(ENGINE_PAGES + batch);
    const random = new SeededRandom(options.seed);
    const { arena } = this;
    this.tun = new MemoryTun(arena, options.onWrite && { onWrite: options.onWrite });
    this.carrier = network.attach(arena, { local: [options.endpoint], trains: true, batch });
    const kernel = createAeadKernel(options.kernel ?? 'wasm-simd', arena);
    this.engine = new InlineEngine({
      arena,
      aead: watch?.watchKernel(kernel, arena) ?? kernel,
      packets: createPacketKernel(arena, 0),
      tun: this.tun,
      carrier: this.carrier,
      crypto,
      random,
      profile,
      clock: this.#now,
    });
    const { ledger } = this.engine;
    const privateKey = options.privateKey ?? random.fill(new Uint8Array(32));
    this.tunnel = new Tunnel(
      { privateKey, profile, crypto, random, ledger, timing: options.timing ?? {} },
      this.#now(),
    );
    this.engine.listen({
      onEvents: (events) => this.#hear(events),
      onFailure: (error) => {
        throw error;
      },
    });
    this.tunnel.start(this.#now());
  }

  meet(other: WholeHost, persistentKeepalive = 0): void {
    const allowedIps = [{ address: address(other.inner), length: 32 }];
    const { publicKey } = other.tunnel;
    this.tunnel.addPeer({ publicKey, allowedIps, endpoint: other.endpoint, persistentKeepalive }, this.#now());
    this.#flush();
  }

  /** What its owner has it do. */
  steer(action: (tunnel: Tunnel) => void): void {
    action(this.tunnel);
    this.#flush();
  }

  /** Does what is due; returns whether there may be more at once. */
  work(): boolean {
    const deadline = this.tunnel.nextDeadline();
    const now = this.#now();
    if (deadline !== undefined && deadline <= now.at) {
      this.tunnel.handleTimeout(now);
      this.#flush();
    }
    if (this.tun.waiting === 0 && this.carrier.waiting === 0) return false;
    return this.engine.pump() || this.carrier.waiting > 0 || this.tun.waiting > 0;
  }

  #hear(events: readonly EngineEvent[]): void {
    this.#watch?.reports(events);
    for (const event of events) this.tunnel.handleEvent(event, this.#now());
    this.#flush();
  }

  #flush(): void {
    for (let commands = this.tunnel.pollCommands(); commands.length > 0; commands = this.tunnel.pollCommands()) {
      this.#watch?.commands(commands);
      this.engine.execute(commands);
    }
    const events = this.tunnel.pollEvents();
    if (this.#watch !== undefined) this.#watch.events(events);
    else this.events.push(...events);
  }
}
