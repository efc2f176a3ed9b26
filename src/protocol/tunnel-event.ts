/** What a tunnel tells about itself, for logs and metrics. Nothing depends on anyone listening. */
import type { DropReason } from './drop-reason.ts';
import type { Endpoint } from './endpoint.ts';
import type { PeerId } from './engine-port.ts';

export type TunnelEvent =
  /** An initiation left; `attempt` counts from 1 within one handshake. */
  | { readonly kind: 'handshake-sent'; readonly peer: PeerId; readonly attempt: number }
  /** We answered a peer's initiation. */
  | { readonly kind: 'handshake-answered'; readonly peer: PeerId }
  /**
   * Keys are in use. Counted from the first initiation, or from our response where we are the responder.
   * `endpoint` is where the response, or the initiation that we answered, came from.
   */
  | {
      readonly kind: 'handshake-completed';
      readonly peer: PeerId;
      readonly role: 'initiator' | 'responder';
      readonly endpoint: Endpoint;
      readonly tookMilliseconds: number;
    }
  /** No answer to `attempts` initiations; nothing more is sent until there is new data. */
  | { readonly kind: 'handshake-gave-up'; readonly peer: PeerId; readonly attempts: number }
  /** An authenticated message came from a new address, which is where we answer from now on. */
  | { readonly kind: 'peer-roamed'; readonly peer: PeerId; readonly endpoint: Endpoint }
  /** An authenticated message of a pinned peer came from elsewhere; nothing has changed by that. */
  | { readonly kind: 'heard-elsewhere'; readonly peer: PeerId; readonly endpoint: Endpoint; readonly data: boolean }
  /** The peer is under load: our next handshake message to it carries mac2. */
  | { readonly kind: 'cookie-received'; readonly peer: PeerId }
  /** No new session for so long that the old keys are of no use to anyone. */
  | { readonly kind: 'keys-zeroed'; readonly peer: PeerId }
  /** The new private key is this peer's: we do not talk to ourselves. */
  | { readonly kind: 'own-peer-removed'; readonly peer: PeerId; readonly publicKey: Uint8Array }
  /** A handshake message went no further. */
  | { readonly kind: 'dropped'; readonly reason: DropReason; readonly from: Endpoint };
