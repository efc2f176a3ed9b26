/** A configuration file after reading: checked, typed, and with nothing resolved or applied yet. */

import type { RouteTable } from '../../device/device-settings.ts';
import type { Prefix } from '../../protocol/engine-port.ts';
import type { Profile } from '../../protocol/obfuscation/profile.ts';
import type { Range } from '../../protocol/range.ts';
import type { TimingPolicy } from '../../protocol/timers/timing.ts';
import type { CarrierName, StreamKind } from '../../transport/carrier-name.ts';
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
  readonly table: RouteTable | TableName;
  /** What is asked for names while the tunnel is up. */
  readonly nameServers: NameServers;
  /** Commands of the file's owner around the life of the tunnel. */
  readonly hooks: Hooks;
  /** Whether the file becomes what the tunnel was when it ended. */
  readonly saveConfig: boolean;
  /** Whether packets of the addresses' networks leave under this machine's own address. */
  readonly masquerade: boolean;
  readonly profile: Profile;
  /** What differs from plain WireGuard. */
  readonly timing: Partial<TimingPolicy>;
  readonly peers: readonly PeerEntry[];
  /** Where we accept streams, beside the UDP port. */
  readonly streamListeners: readonly StreamListenEntry[];
  readonly warnings: readonly ConfigWarning[];
}

/** A routing table that has a name on this machine (/etc/iproute2/rt_tables). */
export interface TableName {
  readonly name: string;
  readonly line: number;
}

export interface NameServers {
  /** Addresses, perhaps with a zone. */
  readonly servers: readonly string[];
  /** Domains that are appended to short names. */
  readonly search: readonly string[];
}

/** A line for the shell. */
export interface Hook {
  /** `%i` stands for the name of the interface. */
  readonly command: string;
  readonly line: number;
}

export type HookPhase = 'PreUp' | 'PostUp' | 'PreDown' | 'PostDown';

/** In the order of the file. */
export type Hooks = Readonly<Record<HookPhase, readonly Hook[]>>;

export interface PeerEntry {
  readonly publicKey: Uint8Array;
  readonly presharedKey: Uint8Array | undefined;
  readonly endpoint: EndpointName | undefined;
  /** Host bits cleared, no duplicates. */
  readonly allowedIps: readonly Prefix[];
  /** Seconds, 0 = off; a range only where there is something to choose. */
  readonly persistentKeepalive: number | Range;
  /** In order of preference; empty where there is nothing to choose or to connect: UDP, with roaming. */
  readonly carriers: readonly CarrierEntry[];
}

/** One way to a peer. */
export interface CarrierEntry {
  readonly name: CarrierName;
  readonly endpoint: EndpointName;
  /** Undefined for UDP. */
  readonly stream?: StreamEntry;
}

export interface StreamEntry {
  /** 1 to 8 at the same time. */
  readonly connections: number;
  /** For carriers that speak TLS themselves. */
  readonly tls?: TlsEntry;
  readonly websocket?: Omit<WebSocketName, 'endpoint'>;
}

export interface TlsEntry {
  /** Undefined: the host name of the endpoint, where that is one. */
  readonly serverName: string | undefined;
  /** In order of preference; empty: as usual for the carrier. */
  readonly alpn: readonly string[];
  /** SHA-256 of public keys, 32 bytes each; one of them has to be the server's. */
  readonly pins: readonly Uint8Array[];
  /** PEM certificates to trust instead of the system's. */
  readonly ca: FileName | undefined;
}

/** Where a WebSocket is asked for. */
export interface WebSocketName {
  readonly endpoint: EndpointName;
  /** `wss`. */
  readonly secure: boolean;
  /** As the Host header has it: the port only where it is not the usual one. */
  readonly host: string;
  readonly path: string;
}

export interface StreamListenEntry {
  readonly kind: StreamKind;
  /** 4 or 16 bytes; undefined: all of both families. */
  readonly address: Uint8Array | undefined;
  readonly port: number;
  readonly websocket?: { readonly path: string; readonly secure: boolean };
  /** PEM files, for listeners that speak TLS themselves. */
  readonly tls?: { readonly certificate: FileName; readonly key: FileName };
}

/** A file as written, relative to the directory of the configuration. */
export interface FileName {
  readonly path: string;
  /** Where it was written, for messages about reading it. */
  readonly line: number;
  readonly key: string;
}

/** An endpoint as written: the host may be a name that has to be resolved. */
export interface EndpointName {
  /** Address literal (IPv6 without brackets, perhaps with `%zone`) or host name. */
  readonly host: string;
  readonly port: number;
  /** Where it was written, for messages about resolving it. */
  readonly line: number;
  readonly key: string;
}
