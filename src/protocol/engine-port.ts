/**
 * The seam between the protocol core and the data plane.
 *
 * The core decides (handshakes, keys, timers), the engine moves packets. The core tells the engine
 * what to do with `EngineCommand`s and hears about what happened through `EngineEvent`s and the
 * `TrafficLedger`. Both lists are plain data, so that the engine can live in another thread.
 */
import type { Endpoint } from './endpoint.ts';
import type { Profile } from './obfuscation/profile.ts';
import type { Instant } from './time.ts';

/** Small integer that names a peer inside one device, reused after removal. Bounded by MAX_PEERS. */
export type PeerId = number & { readonly __brand: 'PeerId' };

/** Random 32-bit value by which a receiver finds a session (paper 5.4.2), unique per device. */
export type ReceiverIndex = number & { readonly __brand: 'ReceiverIndex' };

export type HandshakeKind = 'initiation' | 'response' | 'cookie-reply';

/** An address with a prefix length; host bits are zero. 4 or 16 bytes of address. */
export interface Prefix {
  readonly address: Uint8Array;
  readonly length: number;
}

/** What a finished handshake hands to the data plane. */
export interface KeypairMaterial {
  readonly localIndex: ReceiverIndex;
  readonly remoteIndex: ReceiverIndex;
  readonly sendKey: Uint8Array;
  readonly receiveKey: Uint8Array;
  readonly isInitiator: boolean;
  readonly createdAt: Instant;
}

/** When the engine must ask for a new handshake or refuse a keypair; milliseconds. */
export interface KeypairLimits {
  /** Initiator, on send: ask for a rekey when the keypair is older than this. */
  readonly rekeyAfter: number;
  /** Initiator, on receive: ask for a rekey when the keypair is older than this. */
  readonly rekeyOnReceiveAfter: number;
  /** Neither send nor receive with a keypair older than this. */
  readonly rejectAfter: number;
}

export type EngineCommand =
  /** Our static public key. Without one nothing is taken for a handshake message. */
  | { readonly kind: 'set-identity'; readonly publicKey: Uint8Array | undefined }
  /**
   * How messages look from now on. What makes signature packets is left out: only the core needs it, and
   * it cannot be cloned.
   */
  | { readonly kind: 'set-profile'; readonly profile: Profile }
  | { readonly kind: 'set-limits'; readonly limits: KeypairLimits }
  | { readonly kind: 'add-peer'; readonly peer: PeerId }
  | { readonly kind: 'remove-peer'; readonly peer: PeerId }
  /** Replaces the peer's list; a prefix that another peer holds moves here. */
  | { readonly kind: 'set-allowed-ips'; readonly peer: PeerId; readonly prefixes: readonly Prefix[] }
  | { readonly kind: 'set-endpoint'; readonly peer: PeerId; readonly endpoint: Endpoint | undefined }
  /**
   * While pinned, packets that come from elsewhere do not change where we send; they are reported as
   * `heard` instead of `roamed`. A peer without an endpoint takes the first one all the same.
   */
  | { readonly kind: 'pin-path'; readonly peer: PeerId; readonly pinned: boolean }
  /**
   * Puts a keypair in the peer's keyring: an initiator's becomes current at once, a responder's
   * waits as next for its first valid packet. The engine then sends what it has staged, or a
   * keepalive if it has nothing and `confirm` is set (key confirmation by the initiator).
   */
  | {
      readonly kind: 'install-keypair';
      readonly peer: PeerId;
      readonly keypair: KeypairMaterial;
      readonly confirm: boolean;
    }
  /** Forgets (and wipes) all keypairs of the peer. */
  | { readonly kind: 'drop-keypairs'; readonly peer: PeerId }
  /** Ends sending with every keypair of the peer; receiving goes on (private key changed). */
  | { readonly kind: 'expire-keypairs'; readonly peer: PeerId }
  | { readonly kind: 'send-keepalive'; readonly peer: PeerId }
  /**
   * Sends an inner packet (an IP packet, whole) with the current keypair: to `to`, or where the peer's
   * packets go. Without a session nothing happens. What is sent elsewhere counts as bytes, and for no timer.
   */
  | {
      readonly kind: 'send-probe';
      readonly peer: PeerId;
      readonly to: Endpoint | undefined;
      readonly packet: Uint8Array;
    }
  | { readonly kind: 'drop-staged'; readonly peer: PeerId }
  /** Finished datagrams (junk, signature packets, handshake messages), sent in this order. */
  | {
      readonly kind: 'transmit';
      readonly to: Endpoint;
      readonly datagrams: readonly Uint8Array[];
      readonly peer?: PeerId;
    };

export type EngineEvent =
  /**
   * A handshake message that passed classification and, unless it is a cookie reply, the door. `message` is
   * exactly the message: no prefix, no trailer, unmasked.
   */
  | {
      readonly kind: 'handshake';
      readonly type: HandshakeKind;
      readonly message: Uint8Array;
      readonly from: Endpoint;
    }
  /** A packet waits for a session. Not repeated until a keypair is installed or `drop-staged`. */
  | { readonly kind: 'session-wanted'; readonly peer: PeerId }
  /** Once per keypair and reason. */
  | { readonly kind: 'rekey-due'; readonly peer: PeerId; readonly reason: RekeyReason }
  /** The first valid packet under the responder's next keypair: the handshake is complete. */
  | { readonly kind: 'session-confirmed'; readonly peer: PeerId; readonly localIndex: ReceiverIndex }
  | { readonly kind: 'keypair-retired'; readonly peer: PeerId; readonly localIndex: ReceiverIndex }
  /** The last report about a removed peer; only now may its id name another. */
  | { readonly kind: 'peer-removed'; readonly peer: PeerId }
  /** An authenticated packet came from elsewhere; the engine already answers there. */
  | { readonly kind: 'roamed'; readonly peer: PeerId; readonly endpoint: Endpoint }
  /**
   * An authenticated packet of a pinned peer came from elsewhere; `data` where there was an inner packet in
   * it. At most one in HEARD_INTERVAL_MS per peer, and one with data is not held back by one without.
   */
  | { readonly kind: 'heard'; readonly peer: PeerId; readonly endpoint: Endpoint; readonly data: boolean }
  /** The ledger of a peer that nobody watches has changed in a way that a timer may care about. */
  | { readonly kind: 'traffic'; readonly peer: PeerId };

export type RekeyReason = 'age-on-send' | 'age-on-receive' | 'message-count';

/**
 * What the data plane last saw of a peer. Instants; 0 stands for "not since then" or "never".
 * Data means a transport message with an inner packet; authenticated includes keepalives.
 */
export interface TrafficRecord {
  /** First data sent since anything authenticated was received. */
  readonly dataSentUnanswered: Instant;
  /** First data received since anything authenticated was sent. */
  readonly dataReceivedUnanswered: Instant;
  readonly dataReceivedLast: Instant;
  readonly dataSentLast: Instant;
  readonly authenticatedSentLast: Instant;
  readonly authenticatedReceivedLast: Instant;
  readonly receivedBytes: number;
  readonly sentBytes: number;
  /** Authenticated transport messages received, each counted once. */
  readonly receivedMessages: number;
  /**
   * How many the peer has sent in the meantime, by the counters of those that came. Over an interval,
   * 1 - received / expected is the share that was lost.
   */
  readonly expectedMessages: number;
  /** Anything authenticated received by the path that we send by, since we send by it. */
  readonly receivedHereLast: Instant;
  /** The same for data. */
  readonly dataReceivedHereLast: Instant;
}

/**
 * Shared between engine (writer) and core (reader). Timers are kept lazily: the engine reports
 * `traffic` once, the core then watches the peer, looks here when a timer is due, and lets go of
 * the peer when nothing is outstanding. So a busy peer costs the core one look per timer period.
 */
export interface TrafficLedger {
  read(peer: PeerId): TrafficRecord;
  /** While watched, no `traffic` event is sent. Read again after letting go: the engine writes first. */
  watch(peer: PeerId, watched: boolean): void;
}
