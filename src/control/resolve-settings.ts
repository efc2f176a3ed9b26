/** From a configuration as written to settings that a device can be opened with: names, files and all. */
import type { DevicePeer, DeviceSettings } from '../device/device-settings.ts';
import type { StreamListenOptions } from '../transport/stream/stream-target.ts';
import type { ResolveOptions } from './config/resolve.ts';
import { resolveEndpoint } from './config/resolve.ts';
import { resolveCarriers } from './config/resolve-carriers.ts';
import { resolveTable } from './config/resolve-table.ts';
import type { TextReader } from './config/text-file.ts';
import { readAuthorities, readIdentity } from './config/tls-files.ts';
import type { PeerEntry, StreamListenEntry, TunnelConfig } from './config/tunnel-config.ts';

export interface ResolveSettingsOptions extends ResolveOptions {
  /** Something is not as it should be, but the tunnel is of use. A sentence. */
  readonly onWarning?: (warning: string) => void;
  /** How files are read; by default, as they are on disk. */
  readonly read?: TextReader;
}

/**
 * Peers are resolved side by side, so that one dead name server delays all of them once.
 *
 * @param name of the interface
 * @throws ConfigError 'unresolved-endpoint', 'unknown-table', or about a TLS file; the signal's reason when aborted while waiting
 */
export async function resolveSettings(
  config: TunnelConfig,
  name: string,
  options: ResolveSettingsOptions = {},
): Promise<DeviceSettings> {
  const { privateKey, profile, timing, listenPort, fwmark, addresses, mtu, masquerade } = config;
  const table = resolveTable(config);
  const own = { name, privateKey, profile, timing, listenPort, fwmark, addresses, mtu, table, masquerade };
  const streamListeners = await readListeners(config, options.onWarning, options.read);
  const peers = await Promise.all(config.peers.map((peer) => resolvePeer(peer, config.file, options)));
  return { ...own, peers, streamListeners };
}

async function resolvePeer(peer: PeerEntry, file: string, options: ResolveSettingsOptions): Promise<DevicePeer> {
  const { publicKey, presharedKey, allowedIps, persistentKeepalive } = peer;
  const way = await resolveWay(peer, file, options);
  const secret = presharedKey === undefined ? {} : { presharedKey };
  return { publicKey, allowedIps, persistentKeepalive, ...secret, ...way };
}

/** Where there are carriers to choose from, the choice says where the peer is. */
async function resolveWay(
  { endpoint, carriers }: PeerEntry,
  file: string,
  options: ResolveSettingsOptions,
): Promise<Pick<DevicePeer, 'endpoint' | 'carriers'>> {
  if (carriers.length === 0)
    return endpoint === undefined ? {} : { endpoint: await resolveEndpoint(endpoint, file, options) };
  const onWarning = options.onWarning ?? (() => undefined);
  const candidates = await resolveCarriers(carriers, file, { ...options, onWarning });
  const [first] = candidates;
  const isPlain = first?.name === 'udp' && candidates.length === 1;
  return isPlain ? { endpoint: first.endpoint } : { carriers: candidates };
}

/**
 * Reads every file that the configuration names, only to see that all is well.
 *
 * @throws ConfigError 'not-found', 'unreadable', 'too-large', 'bad-tls-file'
 */
export async function checkFiles(config: TunnelConfig, onWarning: (warning: string) => void): Promise<void> {
  await readListeners(config, onWarning);
  const authorities = config.peers.flatMap((peer) => peer.carriers.flatMap(({ stream }) => stream?.tls?.ca ?? []));
  for (const file of authorities) await readAuthorities(file, config.file);
}

/** With the files of each, in order. */
async function readListeners(
  config: TunnelConfig,
  onWarning: (warning: string) => void = () => undefined,
  read?: TextReader,
): Promise<StreamListenOptions[]> {
  // Two listeners share one certificate, and what is wrong with it need be said only once.
  const warned = new Set<string>();
  const warn = (warning: string): void => {
    if (!warned.has(warning)) onWarning(warning);
    warned.add(warning);
  };
  const listeners: StreamListenOptions[] = [];
  for (const entry of config.streamListeners) listeners.push(await readListener(entry, config.file, warn, read));
  return listeners;
}

async function readListener(
  { tls, ...entry }: StreamListenEntry,
  file: string,
  warn: (warning: string) => void,
  read: TextReader | undefined,
): Promise<StreamListenOptions> {
  return tls === undefined ? entry : { ...entry, tls: await readIdentity(tls, file, warn, read) };
}
