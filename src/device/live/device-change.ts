/**
 * What a running device can be told to become, and what it says it is. Both contain secrets. The words
 * are those of the configuration protocol of userspace WireGuard (protocol facts 4.2), the rules too,
 * with one exception: what fails changes nothing.
 */
import type { Endpoint } from '../../protocol/endpoint.ts';
import type { Prefix } from '../../protocol/engine-port.ts';
import type { AwgParameters } from '../../protocol/obfuscation/awg-parameters.ts';
import type { Range } from '../../protocol/range.ts';
import type { WallTime } from '../../protocol/time.ts';
import type { CarrierCandidate } from '../../transport/selection/candidate.ts';

/** What is left out stays as it is. */
export interface DeviceChange {
  /** 32 bytes; null: none, as all zero. The peer with its public key goes, all others get to know us anew. */
  readonly privateKey?: Uint8Array | null;
  /** UDP, 0 for any free one. */
  readonly listenPort?: number;
  /** 32 bits, 0 = none; but where the device's own default route needs a mark, 0 leaves the choice to it. */
  readonly fwmark?: number;
  /** All of them: what is left out is unset. */
  readonly parameters?: AwgParameters;
  /**
   * Removes every peer that is not named in `peers`. Those that are named begin anew, with nothing but what
   * is said there; their sessions, counters and known endpoints they keep.
   */
  readonly replacePeers?: boolean;
  /** Carried out in order; a peer may occur more than once. One with our own public key is passed over. */
  readonly peers?: readonly PeerChange[];
}

export interface PeerChange {
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  /** The rest is then of no interest. */
  readonly remove?: true;
  /** Nothing happens where there is no such peer; otherwise it is created. */
  readonly updateOnly?: true;
  /** 32 bytes; null: none, as all zero. */
  readonly presharedKey?: Uint8Array | null;
  /** Of a peer that has carriers it takes the place. */
  readonly endpoint?: Endpoint;
  /** Seconds up to 65535, 0 = off. */
  readonly persistentKeepalive?: number | Range;
  /** First all go, then those of `removeAllowedIps`, then come those to be added. */
  readonly replaceAllowedIps?: true;
  /** Prefixes that another peer has move here. Host bits do not count. */
  readonly addAllowedIps?: readonly Prefix[];
  readonly removeAllowedIps?: readonly Prefix[];
  /** Takes the place of all that it had; none: it is at `endpoint`, or wherever it is heard. */
  readonly carriers?: readonly CarrierCandidate[];
}

/** A device at one moment, with its secrets. Arrays are copies. */
export interface DeviceConfiguration {
  readonly name: string;
  readonly hasPrivateKey: boolean;
  /** 32 bytes, clamped. */
  readonly privateKey: Uint8Array | undefined;
  readonly publicKey: Uint8Array | undefined;
  /** The one in use. */
  readonly listenPort: number;
  /** The one in use, 0 = none. */
  readonly fwmark: number;
  /** Without those that are unset; H1-H4 are always there. */
  readonly parameters: AwgParameters;
  /** In the order in which they were added. */
  readonly peers: readonly PeerConfiguration[];
}

export interface PeerConfiguration {
  readonly publicKey: Uint8Array;
  readonly presharedKey: Uint8Array | undefined;
  /** Where it is now. */
  readonly endpoint: Endpoint | undefined;
  readonly allowedIps: readonly Prefix[];
  /** Seconds, 0 = off; a range only where there is something to choose. */
  readonly persistentKeepalive: number | Range;
  /** When keys last came into use, milliseconds since 1970 with fraction; 0 = never. */
  readonly lastHandshake: WallTime | 0;
  readonly receivedBytes: number;
  readonly sentBytes: number;
  /** Empty where there is nothing to choose. */
  readonly carriers: readonly CarrierCandidate[];
}
