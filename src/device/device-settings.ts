/** What a tunnel is made of, with every name resolved: the input of `Device.open`. */
import type { Prefix } from '../protocol/engine-port.ts';
import type { Profile } from '../protocol/obfuscation/profile.ts';
import type { TimingPolicy } from '../protocol/timers/timing.ts';
import type { PeerConfig } from '../protocol/tunnel-options.ts';

/** `auto`: main table, with policy routing for a default route. `off`: no routes. Or a table number. */
export type RouteTable = 'auto' | 'off' | number;

export interface DeviceSettings {
  /** Name of the network interface, 1 to 15 bytes. */
  readonly name: string;
  /** 32 bytes. */
  readonly privateKey: Uint8Array;
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
  readonly peers: readonly PeerConfig[];
}
