/**
 * A configuration file with what a tunnel has become while it was up (protocol facts 7.3, save). Lines that
 * are still true stay as they are, with comments and spacing; wg-quick writes all of them anew.
 */
import type { DeviceConfiguration, PeerConfiguration } from '../../device/live/device-change.ts';
import { covers, formatEndpoint, formatPrefix, parseAddress } from '../../protocol/address-text.ts';
import { equalBytes } from '../../protocol/bytes.ts';
import type { Prefix } from '../../protocol/engine-port.ts';
import { parametersOf } from '../../protocol/obfuscation/parameters-of.ts';
import { formatRange } from '../../protocol/range.ts';
import { ConfigDocument } from '../codec/document.ts';
import { parseConfig } from '../config/parse.ts';
import { awgEntries } from '../config/serialise.ts';
import type { PeerEntry, TunnelConfig } from '../config/tunnel-config.ts';

/** A tunnel at one moment. */
export interface RunningTunnel {
  readonly configuration: DeviceConfiguration;
  /** Of the interface. */
  readonly addresses: readonly Prefix[];
  /** Bytes. */
  readonly mtu: number;
}

/** A key and what it shall say; nothing removes it. */
type Setting = readonly [key: string, values: readonly string[]];

/**
 * @param text of the file as it is now
 * @throws ConfigError where the file cannot be read any more: then it is not for us to overwrite
 */
export function savedConfig(text: string, file: string, running: RunningTunnel): string {
  const written = parseConfig(text, file);
  const document = interfaceSettings(written, running).reduce(
    (changed, [key, values]) => changed.withValue(changed.interfaceSection(key), key, ...values),
    ConfigDocument.parse(text, file),
  );
  return withPeers(document, written, running.configuration).text;
}

function interfaceSettings(written: TunnelConfig, { configuration, mtu, ...running }: RunningTunnel): Setting[] {
  const { privateKey, listenPort, fwmark } = configuration;
  const addresses = withoutSystemAddresses(running.addresses, written.addresses).map(formatPrefix);
  const isOtherKey = privateKey !== undefined && !equalBytes(privateKey, written.privateKey);
  const isOtherMark = fwmark !== written.fwmark && !isMarkChosen(written);
  const areOthers = !haveSameTexts(addresses, written.addresses.map(formatPrefix));
  return [
    ...(isOtherKey ? [setting('PrivateKey', base64(privateKey))] : []),
    ...(listenPort === written.listenPort ? [] : [setting('ListenPort', `${listenPort}`)]),
    ...(isOtherMark ? [setting('FwMark', fwmark === 0 ? undefined : `0x${fwmark.toString(16)}`)] : []),
    ...(areOthers ? [setting('Address', addresses.join(', ') || undefined)] : []),
    ...(written.mtu === undefined || written.mtu === mtu ? [] : [setting('MTU', `${mtu}`)]),
    ...parameterSettings(written, configuration),
  ];
}

/** fe80::/10 (RFC 4291, section 2.5.6). */
const LINK_LOCAL: Prefix = { address: Uint8Array.from([0xfe, 0x80, ...new Uint8Array(14)]), length: 10 };

/** The system gives every link an address by itself. */
function withoutSystemAddresses(addresses: readonly Prefix[], written: readonly Prefix[]): Prefix[] {
  const texts = new Set(written.map(formatPrefix));
  return addresses.filter((address) => !covers(LINK_LOCAL, address) || texts.has(formatPrefix(address)));
}

/** A default route brings its own mark; in the file it would tie the next start to this one's table. */
function isMarkChosen({ fwmark, table, peers }: TunnelConfig): boolean {
  const hasDefault = peers.some(({ allowedIps }) => allowedIps.some(({ length }) => length === 0));
  return fwmark === 0 && table === 'auto' && hasDefault;
}

function parameterSettings({ profile, timing }: TunnelConfig, { parameters }: DeviceConfiguration): Setting[] {
  const before = new Map(awgEntries(parametersOf(profile, timing)).map(({ key, value }) => [key, value]));
  const now = new Map(awgEntries(parameters).map(({ key, value }) => [key, value]));
  const keys = [...new Set([...before.keys(), ...now.keys()])];
  return keys.filter((key) => before.get(key) !== now.get(key)).map((key) => setting(key, now.get(key)));
}

function withPeers(
  document: ConfigDocument,
  { peers: written }: TunnelConfig,
  now: DeviceConfiguration,
): ConfigDocument {
  const { peers: running, publicKey: own } = now;
  let changed = document;
  for (const { publicKey } of written) {
    const isOurs = own !== undefined && equalBytes(own, publicKey);
    if (!isOurs && find(running, publicKey) === undefined) changed = changed.withoutPeer(base64(publicKey));
  }
  for (const peer of running) {
    const key = base64(peer.publicKey);
    const settings = peerSettings(peer, find(written, peer.publicKey));
    if (changed.findPeer(key) === undefined) changed = changed.withPeer(entriesOf(['PublicKey', [key]], ...settings));
    else for (const each of settings) changed = withPeerValue(changed, key, each);
  }
  return changed;
}

function withPeerValue(document: ConfigDocument, publicKey: string, [key, values]: Setting): ConfigDocument {
  const section = document.findPeer(publicKey);
  return section === undefined ? document : document.withValue(section, key, ...values);
}

/** Only what the file does not say yet. */
function peerSettings(peer: PeerConfiguration, written: PeerEntry | undefined): Setting[] {
  const { presharedKey, persistentKeepalive } = peer;
  const keepalive =
    typeof persistentKeepalive === 'number' ? `${persistentKeepalive}` : formatRange(persistentKeepalive);
  const allowedIps = peer.allowedIps.map(formatPrefix);
  const wanted: Array<readonly [key: string, now: string | undefined, before: string | undefined]> = [
    ['PresharedKey', presharedKey && base64(presharedKey), written?.presharedKey && base64(written.presharedKey)],
    ['PersistentKeepalive', keepalive === '0' ? undefined : keepalive, keepaliveOf(written)],
    ['Endpoint', ...endpointsOf(peer, written)],
  ];
  const isSameList = haveSameTexts(allowedIps, (written?.allowedIps ?? []).map(formatPrefix));
  return [
    ...wanted.filter(([, now, before]) => now !== before).map(([key, now]) => setting(key, now)),
    ...(isSameList ? [] : [setting('AllowedIPs', allowedIps.join(', ') || undefined)]),
  ];
}

/** A name stays: it is asked again each time. So does the endpoint of a peer that has several ways. */
function endpointsOf(
  { endpoint, carriers }: PeerConfiguration,
  written: PeerEntry | undefined,
): readonly [now: string | undefined, before: string | undefined] {
  const before = written?.endpoint;
  const isName = before !== undefined && parseAddress(before.host.replace(/%.*/, '')) === undefined;
  if (isName || carriers.length > 0 || endpoint === undefined) return [undefined, undefined];
  const host = before?.host.includes(':') === true ? `[${before.host}]` : before?.host;
  return [formatEndpoint(endpoint), before && `${host}:${before.port}`];
}

function keepaliveOf(written: PeerEntry | undefined): string | undefined {
  const keepalive = written?.persistentKeepalive ?? 0;
  if (typeof keepalive !== 'number') return formatRange(keepalive);
  return keepalive === 0 ? undefined : `${keepalive}`;
}

function setting(key: string, value: string | undefined): Setting {
  return [key, value === undefined ? [] : [value]];
}

function entriesOf(...settings: readonly Setting[]): Array<{ readonly key: string; readonly value: string }> {
  return settings.flatMap(([key, values]) => values.map((value) => ({ key, value })));
}

function find<Peer extends { readonly publicKey: Uint8Array }>(
  peers: readonly Peer[],
  key: Uint8Array,
): Peer | undefined {
  return peers.find(({ publicKey }) => equalBytes(publicKey, key));
}

function haveSameTexts(these: readonly string[], those: readonly string[]): boolean {
  const [a, b] = [new Set(these), new Set(those)];
  return a.size === b.size && [...a].every((text) => b.has(text));
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}
