/**
 * The data plane in the calling thread: for tests, simulation and small uses. Nothing happens by
 * itself; call `pump` when a descriptor is readable or when the simulated network has delivered.
 */
import type { AeadKernel, PacketKernel } from '../kernels/kernel.ts';
import type { Tun } from '../platform/tun.ts';
import { HANDSHAKE_BACKLOG_MAX } from '../protocol/constants.ts';
import type { HandshakeCrypto } from '../protocol/crypto.ts';
import type { EngineCommand, PeerId } from '../protocol/engine-port.ts';
import type { Profile } from '../protocol/obfuscation/profile.ts';
import type { Random } from '../protocol/random.ts';
import type { Moment } from '../protocol/time.ts';
import type { Carrier } from '../transport/carrier.ts';
import type { Arena } from './arena.ts';
import type { Engine, EngineCounters, EngineListener } from './engine.ts';
import { Pipeline } from './pipeline.ts';
import { RandomPool } from './random-pool.ts';
import { countersMemory, SharedCounters } from './shared-counters.ts';
import { ledgerMemory, SharedLedger } from './shared-ledger.ts';

export interface InlineEngineOptions {
  readonly arena: Arena;
  readonly aead: AeadKernel;
  readonly packets: PacketKernel;
  readonly tun: Tun;
  readonly carrier: Carrier;
  readonly crypto: HandshakeCrypto;
  readonly random: Random;
  readonly profile: Profile;
  readonly clock: () => Moment;
  readonly maxPeers?: number;
}

const DEFAULT_MAX_PEERS = 64;

export class InlineEngine implements Engine {
  readonly ledger: SharedLedger;
  readonly #counters = new SharedCounters(countersMemory());
  readonly #pipeline: Pipeline;
  readonly #clock: () => Moment;
  #listener: EngineListener | undefined;
  #delivering = false;
  #handshakes = 0;

  constructor(options: InlineEngineOptions) {
    const maxPeers = options.maxPeers ?? DEFAULT_MAX_PEERS;
    this.ledger = new SharedLedger(ledgerMemory(maxPeers));
    this.#clock = options.clock;
    this.#pipeline = new Pipeline({
      ...options,
      maxPeers,
      sends: true,
      ledger: this.ledger,
      counters: this.#counters,
      pool: new RandomPool(options.arena, options.random),
      credit: {
        waiting: () => this.#handshakes,
        take: () => ++this.#handshakes <= HANDSHAKE_BACKLOG_MAX,
      },
    });
  }

  /** Events go nowhere until there is a listener; they are kept until then. */
  listen(listener: EngineListener): void {
    this.#listener = listener;
  }

  execute(commands: readonly EngineCommand[]): void {
    const now = this.#clock().at;
    for (const command of commands) this.#pipeline.execute(command, now);
    this.#deliver();
  }

  /** Moves one batch each way and reports what happened. Returns whether there may be more. */
  pump(): boolean {
    const now = this.#clock().at;
    const outbound = this.#pipeline.pumpOutbound(now);
    const inbound = this.#pipeline.pumpInbound(now);
    this.#deliver();
    return outbound || inbound;
  }

  counters(): EngineCounters {
    return this.#counters.snapshot();
  }

  /** Frames of this peer that wait for a session; undefined where there is no such peer. */
  waitingFrames(peer: PeerId): number | undefined {
    return this.#pipeline.waitingFrames(peer);
  }

  /** Whoever asks is the thread that it works in. */
  heartbeat(): boolean {
    return true;
  }

  close(): Promise<void> {
    this.#listener = undefined;
    return Promise.resolve();
  }

  /** The listener may answer with commands, and these make events: go on until it is quiet. */
  #deliver(): void {
    if (this.#delivering || this.#listener === undefined) return;
    this.#delivering = true;
    try {
      while (this.#pipeline.hasEvents) {
        this.#handshakes = 0;
        this.#listener.onEvents(this.#pipeline.takeEvents());
      }
    } finally {
      this.#delivering = false;
    }
  }
}
