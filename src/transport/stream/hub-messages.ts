/** What the control thread and the stream hub's thread tell each other. */
import type { ThreadStep } from '../../platform/linux/confinement/confinement.ts';
import type { Endpoint } from '../../protocol/endpoint.ts';
import type { StreamKind } from '../carrier-name.ts';
import type { StreamHandle } from './stream-handle.ts';
import type { StreamLimits, StreamListenOptions, StreamTarget } from './stream-target.ts';

/** What the hub's thread is started with. */
export interface HubSetup {
  readonly handle: StreamHandle;
  readonly counters: SharedArrayBuffer;
  /** One Int32 that becomes 1 when the hub watches no descriptor any more: then the thread may be ended. */
  readonly stopped: SharedArrayBuffer;
  readonly fwmark: number;
  readonly limits: StreamLimits;
}

export type HubCommand =
  | { readonly kind: 'open'; readonly bundle: number; readonly target: StreamTarget }
  | { readonly kind: 'close'; readonly bundle: number }
  | { readonly kind: 'merge'; readonly from: number; readonly into: number }
  | { readonly kind: 'listen'; readonly listener: number; readonly options: StreamListenOptions }
  | { readonly kind: 'unlisten'; readonly listener: number }
  | { readonly kind: 'set-fwmark'; readonly fwmark: number }
  | { readonly kind: 'confine'; readonly step: ThreadStep }
  | { readonly kind: 'stop' };

export type HubEvent =
  | { readonly kind: 'up'; readonly bundle: number; readonly endpoint: Endpoint }
  | { readonly kind: 'down'; readonly bundle: number; readonly reason: string }
  | { readonly kind: 'accepted'; readonly bundle: number; readonly endpoint: Endpoint; readonly carrier: StreamKind }
  | { readonly kind: 'closed'; readonly bundle: number; readonly reason: string }
  /** How many connections of a bundle can be used, and how many there have been. */
  | { readonly kind: 'links'; readonly bundle: number; readonly up: number; readonly connects: number }
  /** An error that nobody caught; the thread ends. */
  | { readonly kind: 'failed'; readonly message: string }
  /** A step of confinement was taken, or failed and why. */
  | { readonly kind: 'confined'; readonly complaint: string | undefined }
  | { readonly kind: 'listening'; readonly listener: number; readonly port: number }
  | { readonly kind: 'listen-failed'; readonly listener: number; readonly code: string; readonly message: string };
