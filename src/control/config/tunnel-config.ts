/** A configuration file after reading: checked, typed, and with nothing resolved or applied yet. */

import type { RouteTable } from '../../device/device-settings.ts';
import type { Prefix } from '../../protocol/engine-port.ts';
import type { Profile } from '../../protocol/obfuscation/profile.ts';
import type { Range } from '../../protocol/range.ts';
import type { TimingPolicy } from '../../protocol/timers/timing.ts';
import type { ConfigWarning } from './config-error.ts';

export interface TunnelConfig {
  readonly file: string;
  readonly privateKey: Uint8Array;
  /** 0 lets the system choose. */
  readonly listenPort: number;
  /** 0 means no mark. */
  readonly fwmark: number;
  /** Addresses of the interface, host bits kept. */
  readonly addresses: readonly Prefix[];
  /** Undefined: derived from the paths to the peers and S4. */
  readonly mtu: number | undefined;
  readonly table: RouteTable;
  readonly profile: Profile;
  /** What differs from plain WireGuard. */
  readonly timing: Partial<TimingPolicy>;
  readonly peers: readonly PeerEntry[];
  readonly warnings: readonly ConfigWarning[];
}

export interface PeerEntry {
  readonly publicKey: Uint8Array;
  readonly presharedKey: Uint8Array | undefined;
  readonly endpoint: EndpointName | undefined;
  /** Host bits cleared, no duplicates. */
  readonly allowedIps: readonly Prefix[];
  /** Seconds, 0 = off; a range only where there is something to choose. */
  readonly persistentKeepalive: number | Range;
}

/** An endpoint as written: the host may be a name that has to be resolved. */
export interface EndpointName {
  /** Address literal (IPv6 without brackets, perhaps with `%zone`) or host name. */
  readonly host: string;
  readonly port: number;
  /** Where it was written, for messages about resolving it. */
  readonly line: number;
}
