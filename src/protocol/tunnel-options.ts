/** What a tunnel is made of, what its owner tells it about peers, and what it shows of them. */
import type { HandshakeCrypto } from './crypto.ts';
import type { Endpoint } from './endpoint.ts';
import type { PeerId, Prefix, TrafficLedger } from './engine-port.ts';
import type { Profile } from './obfuscation/profile.ts';
import type { Random } from './random.ts';
import type { Range } from './range.ts';
import type { WallTime } from './time.ts';
import type { TimingPolicy } from './timers/timing.ts';

export interface TunnelOptions {
  /** 32 bytes, clamped or not; copied. Undefined or all zero: there is none yet, and nothing is sent or answered. */
  readonly privateKey: Uint8Array | undefined;
  readonly profile: Profile;
  readonly crypto: HandshakeCrypto;
  readonly random: Random;
  /** What the data plane sees of the peers. */
  readonly ledger: TrafficLedger;
  /** Replaces values of plain WireGuard. */
  readonly timing?: Partial<TimingPolicy>;
  /** Peers that the data plane has room for; default MAX_PEERS. */
  readonly maxPeers?: number;
}

export interface PeerConfig {
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  /** 32 bytes; all zero means none. */
  readonly presharedKey?: Uint8Array;
  readonly endpoint?: Endpoint;
  readonly allowedIps: readonly Prefix[];
  /** Seconds up to 65535, 0 = off; of a range another value is drawn each time (AWG 3.0). */
  readonly persistentKeepalive: number | Range;
}

export interface TunnelSnapshot {
  /** All zero while there is no private key. */
  readonly publicKey: Uint8Array;
  readonly peers: readonly PeerSnapshot[];
}

export interface PeerSnapshot {
  readonly id: PeerId;
  readonly publicKey: Uint8Array;
  readonly hasPresharedKey: boolean;
  readonly endpoint: Endpoint | undefined;
  readonly allowedIps: readonly Prefix[];
  /** When keys last came into use, 0 = never. */
  readonly lastHandshake: WallTime | 0;
  /** Seconds, 0 = off; a range only where there is something to choose. */
  readonly persistentKeepalive: number | Range;
  readonly receivedBytes: number;
  readonly sentBytes: number;
}
