/**
 * What the control thread and a data-plane worker say to each other.
 *
 * The worker spends its life in epoll_wait and never returns to its event loop. So commands are
 * posted to its port and announced by an eventfd, and it takes them from the port synchronously;
 * events go the other way as ordinary messages.
 */

import type { MessagePort } from 'node:worker_threads';
import type { KernelName } from '../kernels/kernel.ts';
import type { TunHandle } from '../platform/linux/tun.ts';
import type { UdpHandle } from '../platform/linux/udp-socket.ts';
import type { EngineEvent } from '../protocol/engine-port.ts';
import type { Profile } from '../protocol/obfuscation/profile.ts';
import type { StreamHandle } from '../transport/stream/stream-handle.ts';
import type { CaptureMemory } from './capture/capture-ring.ts';
import type { CryptoPoolHandle } from './crypto-pool/crypto-thread.ts';
import type { PipelineCommand } from './pipeline.ts';
import type { LedgerMemory } from './shared-ledger.ts';

/** Cells of the control block, an Int32Array that both threads see. */
export const CONTROL = {
  /** Set to 1, then wake: the worker ends. */
  stop: 0,
  /** Handshake messages posted and not yet handled. BOUNDED by HANDSHAKE_BACKLOG_MAX. */
  backlog: 1,
  /** Number of the last question whether the worker is alive, and of the last one that it answered. */
  asked: 2,
  answered: 3,
  cells: 4,
} as const;

/** What a worker takes care of: with two workers one sends, TUN to wire, and one receives, wire to TUN. */
export type WorkerRole = 'both' | 'outbound' | 'inbound';

export interface WorkerSetup {
  readonly role: WorkerRole;
  readonly tun: TunHandle;
  readonly udp: UdpHandle;
  /** The way to the streams, where there are any. */
  readonly stream: StreamHandle | undefined;
  /** Without signature packets and J packets, which the core builds. */
  readonly profile: Profile;
  /** Where every packet is recorded; undefined while nobody wants that. */
  readonly capture: CaptureMemory | undefined;
  readonly maxPeers: number;
  readonly kernel: KernelName | undefined;
  /** Threads that help with encryption, where there are any. */
  readonly pool: CryptoPoolHandle | undefined;
  /** What the arena lies in. */
  readonly memory: WebAssembly.Memory;
  /** Behind the last byte that is for this worker, byte offset. */
  readonly memoryEnd: number;
  readonly wake: number;
  readonly control: SharedArrayBuffer;
  readonly ledger: LedgerMemory;
  readonly counters: SharedArrayBuffer;
  readonly port: MessagePort;
}

/** The descriptors of the UDP sockets stand for other sockets from now on, which nobody waits for yet. */
export interface SocketsReplaced {
  readonly kind: 'sockets-replaced';
}

export type WorkerCommand = PipelineCommand | SocketsReplaced;

export interface WorkerInfo {
  readonly kernel: KernelName;
  /** Nanoseconds per sealed 1420-byte packet, as measured at start, by kernel. */
  readonly kernelNanoseconds: Readonly<Record<string, number>>;
}

export type WorkerMessage =
  | { readonly kind: 'ready'; readonly info: WorkerInfo }
  | { readonly kind: 'events'; readonly events: readonly EngineEvent[] };
