/** What a tunnel is made of, with every name resolved: the input of `Device.open`. */
import type { Prefix } from '../protocol/engine-port.ts';
import type { Profile } from '../protocol/obfuscation/profile.ts';
import type { TimingPolicy } from '../protocol/timers/timing.ts';
import type { PeerConfig } from '../protocol/tunnel-options.ts';
import type { CarrierCandidate } from '../transport/selection/candidate.ts';
import type { StreamListenOptions } from '../transport/stream/stream-target.ts';

/** `auto`: main table, with policy routing for a default route. `off`: no routes. Or a table number. */
export type RouteTable = 'auto' | 'off' | number;

export interface DeviceSettings {
  /** Name of the network interface, 1 to 15 bytes. */
  readonly name: string;
  /** 32 bytes; undefined or all zero: none yet, and until there is one nothing is sent or answered. */
  readonly privateKey: Uint8Array | undefined;
  readonly profile: Profile;
  /** Replaces values of plain WireGuard; milliseconds. */
  readonly timing?: Partial<TimingPolicy>;
  /** UDP port, 0 for any. */
  readonly listenPort: number;
  /** Mark of our own datagrams for policy routing, 0 for none. */
  readonly fwmark: number;
  /** Addresses of the interface, host bits kept. */
  readonly addresses: readonly Prefix[];
  /** Bytes; undefined = what fits the narrowest path to a peer. */
  readonly mtu: number | undefined;
  readonly table: RouteTable;
  /** Whether this machine is the way out for the networks of the addresses (NAT). */
  readonly masquerade?: boolean;
  readonly peers: readonly DevicePeer[];
  /** Where streams are accepted, beside the UDP port. */
  readonly streamListeners?: readonly StreamListenOptions[];
}

export interface DevicePeer extends PeerConfig {
  /**
   * Ways to this peer, most preferred first; `endpoint` is then left out. Without them the peer is at
   * `endpoint`, or wherever it is heard from.
   */
  readonly carriers?: readonly CarrierCandidate[];
}
