/**
 * The data plane in one worker or two, as the control thread holds it.
 *
 *     one     TUN ◄──► worker ◄──► sockets
 *     two     TUN ───► outbound worker ───► sockets        both have every keypair, and only one of them
 *             TUN ◄─── inbound worker ◄─── sockets         uses its counter, the other its replay window
 *
 * More are threads that help these two with encryption (`crypto-pool/`), the receiving one first.
 *
 * What one of two workers learns and the other must know goes by way of this thread: that a session is
 * confirmed, and where a peer is now.
 */
import type { KernelName } from '../kernels/kernel.ts';
import type { TunHandle } from '../platform/linux/tun.ts';
import type { UdpHandle } from '../platform/linux/udp-socket.ts';
import { wipeBytes } from '../protocol/bytes.ts';
import type { EngineCommand, EngineEvent, PeerId } from '../protocol/engine-port.ts';
import type { Profile } from '../protocol/obfuscation/profile.ts';
import type { StreamHandle } from '../transport/stream/stream-handle.ts';
import type { CaptureMemory } from './capture/capture-ring.ts';
import type { Engine, EngineCounters, EngineListener } from './engine.ts';
import { PinnedPaths } from './pinned-paths.ts';
import type { PipelineCommand } from './pipeline.ts';
import { addCounters } from './shared-counters.ts';
import { ledgerMemory, SharedLedger } from './shared-ledger.ts';
import type { WorkerInfo, WorkerRole } from './worker-messages.ts';
import { WorkerThread } from './worker-thread.ts';

export interface WorkerEngineOptions {
  readonly tun: TunHandle;
  readonly udp: UdpHandle;
  /** The way to the streams; none by default. */
  readonly stream?: StreamHandle;
  readonly profile: Profile;
  readonly listener: EngineListener;
  /** Peer ids below this are accepted; default 1024. */
  readonly maxPeers?: number;
  /** Which AEAD kernel to use instead of the one that measures fastest. */
  readonly kernel?: KernelName;
  /** Where packets are recorded, one for each worker; without it nothing is. */
  readonly capture?: readonly [CaptureMemory, CaptureMemory];
  /** 1 (default): one worker for both directions; 2: one for each; those beyond help with encryption. */
  readonly workers?: number;
}

const DEFAULT_MAX_PEERS = 1024;

/** Starts the workers; resolves when they have chosen a kernel and wait for packets. */
export async function startWorkerEngine(options: WorkerEngineOptions): Promise<WorkerEngine> {
  const engine = new WorkerEngine(options);
  await engine.ready;
  return engine;
}

export class WorkerEngine implements Engine {
  readonly ledger: SharedLedger;
  readonly ready: Promise<void>;
  readonly #listener: EngineListener;
  /** The receiving worker, or the only one. */
  readonly #inbound: WorkerThread;
  /** The sending worker; the same one where there is only one. */
  readonly #outbound: WorkerThread;
  /** Removed peers that one of two workers still knows; BOUNDED by MAX_PEERS. */
  readonly #halfRemoved = new Set<PeerId>();
  readonly #pinned = new PinnedPaths();
  readonly #workers: number;
  #closing = false;
  #info: WorkerInfo | undefined;

  constructor(options: WorkerEngineOptions) {
    const maxPeers = options.maxPeers ?? DEFAULT_MAX_PEERS;
    const ledger = ledgerMemory(maxPeers);
    this.ledger = new SharedLedger(ledger);
    this.#listener = options.listener;
    const { tun, udp, stream, kernel, capture } = options;
    // What makes signature packets cannot be cloned, and only the core needs it.
    const profile = { ...options.profile, signatures: [], special: undefined };
    const shared = { tun, udp, stream, profile, maxPeers, kernel, ledger };
    const start = (role: WorkerRole, helpers: number): WorkerThread =>
      new WorkerThread(
        { ...shared, role, helpers, capture: capture?.[role === 'outbound' ? 1 : 0] },
        { onEvents: (events) => this.#handleEvents(role, events), onEnd: (error) => this.#handleEnd(error) },
      );
    this.#workers = options.workers ?? 1;
    const helpers = Math.max(0, this.#workers - 2);
    this.#inbound = start(this.#workers > 1 ? 'inbound' : 'both', Math.ceil(helpers / 2));
    this.#outbound = this.#workers > 1 ? start('outbound', Math.floor(helpers / 2)) : this.#inbound;
    this.ready = this.#start();
  }

  /** What the worker found out about this machine. */
  get info(): WorkerInfo & { readonly workers: number } {
    if (this.#info === undefined) throw new Error('the worker engine is not ready');
    return { ...this.#info, workers: this.#workers };
  }

  /** The receiving worker hears first: it must know a keypair before the peer can answer with it. */
  execute(commands: readonly EngineCommand[]): void {
    if (this.#closing) return;
    if (this.#isSplit) {
      this.#pinned.note(commands);
      this.#inbound.post(commands.filter(concernsReceiving));
    }
    this.#outbound.post(commands);
    wipeKeys(commands);
  }

  /** To be called when the descriptors of the sockets have become those of others. */
  socketsReplaced(): void {
    if (!this.#closing) this.#inbound.post([{ kind: 'sockets-replaced' }]);
  }

  /** The interface has another MTU. */
  setMtu(mtu: number): void {
    if (!this.#closing) this.#outbound.post([{ kind: 'set-mtu', mtu }]);
  }

  counters(): EngineCounters {
    const inbound = this.#inbound.counters();
    return this.#isSplit ? addCounters(inbound, this.#outbound.counters()) : inbound;
  }

  /** Asks both, whatever the first one answers. */
  heartbeat(): boolean {
    const inbound = this.#inbound.heartbeat();
    return this.#isSplit ? this.#outbound.heartbeat() && inbound : inbound;
  }

  async close(): Promise<void> {
    this.#closing = true;
    this.#inbound.stop();
    this.#outbound.stop();
    await Promise.all([this.#inbound.ended, this.#outbound.ended]);
  }

  get #isSplit(): boolean {
    return this.#inbound !== this.#outbound;
  }

  async #start(): Promise<void> {
    const [info] = await Promise.all([this.#inbound.ready, this.#outbound.ready]);
    this.#info = info;
  }

  #handleEnd(error: Error | undefined): void {
    if (this.#closing) return;
    this.#closing = true;
    this.#inbound.stop();
    this.#outbound.stop();
    this.#listener.onFailure(error ?? new Error('a data-plane worker ended'));
  }

  #handleEvents(role: WorkerRole, events: readonly EngineEvent[]): void {
    if (this.#closing) return;
    if (role === 'inbound') this.#outbound.post(events.flatMap((event) => this.#tellSending(event)));
    const news = role === 'both' ? events : events.filter((event) => this.#isNews(role, event));
    if (news.length > 0) this.#listener.onEvents(news);
  }

  #tellSending(event: EngineEvent): PipelineCommand[] {
    if (event.kind === 'session-confirmed') {
      return [{ kind: 'confirm-keypair', peer: event.peer, localIndex: event.localIndex }];
    }
    if (event.kind !== 'roamed' || this.#pinned.isOutdated(event.peer, event.endpoint)) return [];
    return [{ kind: 'set-endpoint', peer: event.peer, endpoint: event.endpoint }];
  }

  /** Both workers report what becomes of keypairs and peers; the core shall hear it once. */
  #isNews(role: WorkerRole, event: EngineEvent): boolean {
    if (event.kind === 'keypair-retired') return role === 'inbound';
    if (event.kind !== 'peer-removed') return true;
    if (this.#halfRemoved.delete(event.peer)) return true;
    this.#halfRemoved.add(event.peer);
    return false;
  }
}

function concernsReceiving({ kind }: EngineCommand): boolean {
  return kind !== 'transmit' && kind !== 'send-keepalive' && kind !== 'send-probe' && kind !== 'drop-staged';
}

/** The workers have copies of their own by now, and wipe them in their time. */
function wipeKeys(commands: readonly EngineCommand[]): void {
  for (const command of commands) {
    if (command.kind === 'install-keypair') wipeBytes(command.keypair.sendKey, command.keypair.receiveKey);
  }
}
