/**
 * The part of the stream hub that a device uses, as an interface, so that tests can open devices
 * without threads and sockets.
 */
import type { ThreadStep } from '../../platform/linux/confinement/confinement.ts';
import type { StreamHandle } from '../../transport/stream/stream-handle.ts';
import type { StreamHubListener, StreamListening, StreamStatistics } from '../../transport/stream/stream-hub.ts';
import type { StreamListenOptions, StreamTarget } from '../../transport/stream/stream-target.ts';

export interface StreamService {
  /** For the data plane. */
  readonly handle: StreamHandle;
  open(bundle: number, target: StreamTarget): void;
  close(bundle: number): void;
  /** Both are one peer's from now on; what arrives by `from` is said to come by `into`. */
  merge(from: number, into: number): void;
  /** Rejects with StreamListenError. */
  listen(options: StreamListenOptions): Promise<StreamListening>;
  /** Has the thread of the streams take a step of confinement. Rejects when it cannot. */
  confine(step: ThreadStep): Promise<void>;
  statistics(): StreamStatistics;
  /** Closes everything. */
  stop(): Promise<void>;
}

export interface StreamOptions {
  /** Mark of our own packets, 0 = none. */
  readonly fwmark: number;
  readonly listener: StreamHubListener;
}
