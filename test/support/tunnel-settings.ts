/** What a tunnel end is told, whichever engine runs it, and what is read back from it. */

/** Keys as in a configuration file: Jc, Jmin, Jmax, S1-S4, H1-H4, I1-I5 and those of later generations. */
export type ObfuscationKeys = Readonly<Record<string, string | number>>;

export interface PeerSettings {
  readonly publicKey: string;
  readonly presharedKey?: string;
  /** `address:port`; a responder has none and learns it. */
  readonly endpoint?: string;
  readonly allowedIps: readonly string[];
  /** Seconds, or a range of them. */
  readonly persistentKeepalive?: number | string;
  /** Keys of [Peer] that only our daemon knows: Transport and what belongs to it. */
  readonly carriers?: Readonly<Record<string, string | number>>;
}

export interface TunnelSettings {
  readonly privateKey: string;
  readonly listenPort: number;
  /** Of the interface, with prefix length. */
  readonly addresses: readonly string[];
  readonly mtu: number;
  readonly obfuscation?: ObfuscationKeys;
  /** Keys of [Interface] that only our daemon knows: ListenTCP and what belongs to it. */
  readonly listeners?: Readonly<Record<string, string | number>>;
  readonly peers: readonly PeerSettings[];
}

export interface PeerStatus {
  readonly publicKey: string;
  readonly endpoint: string | undefined;
  /** Unix seconds, 0 = never. */
  readonly latestHandshake: number;
  readonly receivedBytes: number;
  readonly sentBytes: number;
}

function peerSection(peer: PeerSettings): string[] {
  return [
    '[Peer]',
    `PublicKey = ${peer.publicKey}`,
    ...(peer.presharedKey === undefined ? [] : [`PresharedKey = ${peer.presharedKey}`]),
    ...(peer.endpoint === undefined ? [] : [`Endpoint = ${peer.endpoint}`]),
    `AllowedIPs = ${peer.allowedIps.join(', ')}`,
    ...(peer.persistentKeepalive === undefined ? [] : [`PersistentKeepalive = ${peer.persistentKeepalive}`]),
  ];
}

/** The file that `wg setconf` takes: the protocol's own keys only. */
export function protocolConfig(settings: TunnelSettings): string {
  return [
    '[Interface]',
    `PrivateKey = ${settings.privateKey}`,
    `ListenPort = ${settings.listenPort}`,
    ...settings.peers.flatMap(peerSection),
    '',
  ].join('\n');
}

/** The file that `awg-vpn up` takes. */
export function fullConfig(settings: TunnelSettings): string {
  return [
    '[Interface]',
    `PrivateKey = ${settings.privateKey}`,
    `ListenPort = ${settings.listenPort}`,
    `Address = ${settings.addresses.join(', ')}`,
    `MTU = ${settings.mtu}`,
    ...keyLines(settings.obfuscation),
    ...keyLines(settings.listeners),
    ...settings.peers.flatMap((peer) => [...peerSection(peer), ...keyLines(peer.carriers)]),
    '',
  ].join('\n');
}

function keyLines(keys: Readonly<Record<string, string | number>> = {}): string[] {
  return Object.entries(keys).map(([key, value]) => `${key} = ${value}`);
}
