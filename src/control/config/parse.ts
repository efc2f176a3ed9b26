/**
 * From the text of a configuration file to checked settings. Everything that can be known without
 * touching the network or the system is decided here, so that a bad file changes nothing.
 */
import { tunnelNetworks } from '../../device/masquerade.ts';
import { IPV6_MINIMUM_MTU, largestMtu } from '../../device/mtu.ts';
import { MAX_PEERS } from '../../protocol/constants.ts';
import type { Profile } from '../../protocol/obfuscation/profile.ts';
import { plainKeepalive } from '../../protocol/timers/keepalive-interval.ts';
import { finishCarriers } from './carrier-keys.ts';
import type { ConfigPlace, ConfigWarning } from './config-error.ts';
import { ConfigError, warningAt } from './config-error.ts';
import type { InterfaceDraft } from './interface-keys.ts';
import { INTERFACE_KEYS, newInterfaceDraft } from './interface-keys.ts';
import type { KeyTable, Warn } from './key-table.ts';
import { applyEntry } from './key-table.ts';
import type { Section } from './lines.ts';
import { readSections } from './lines.ts';
import { finishListeners } from './listener-keys.ts';
import { finishProfile } from './obfuscation-keys.ts';
import type { PeerDraft } from './peer-keys.ts';
import { newPeerDraft, PEER_KEYS } from './peer-keys.ts';
import type { PeerEntry, TunnelConfig } from './tunnel-config.ts';

/**
 * Reads the wg-quick/awg-quick format (protocol facts 4.1, 7.1).
 *
 * @param fileName only for messages
 * @throws ConfigError at the first thing that is wrong
 */
export function parseConfig(text: string, fileName: string): TunnelConfig {
  const warnings: ConfigWarning[] = [];
  const warn: Warn = (warning) => warnings.push(warning);
  const sections = readSections(text, fileName);
  const device = readInterface(sections, fileName, warn);
  const peers = readPeers(sections, fileName, warn);
  const { profile, timing } = finishProfile(device.obfuscation, fileName, warn);
  requireFittingMtu(device, profile);
  requireNetwork(device);
  const { privateKey, listenPort, fwmark, addresses, mtu, table, masquerade, hooks, saveConfig } = device;
  const own = { privateKey, listenPort, fwmark, addresses, mtu, table, masquerade: masquerade !== undefined };
  const quick = { nameServers: { servers: device.servers, search: device.search }, hooks, saveConfig };
  const streamListeners = finishListeners(device.listeners, warn);
  return { file: fileName, ...own, ...quick, profile, timing, peers, streamListeners, warnings };
}

type CompleteInterface = InterfaceDraft & { readonly privateKey: Uint8Array };

function readInterface(sections: readonly Section[], file: string, warn: Warn): CompleteInterface {
  const draft = newInterfaceDraft();
  const own = sections.filter((section) => section.kind === 'interface');
  for (const section of own) applySection(section, INTERFACE_KEYS, namesOf(PEER_KEYS), draft, file, warn);
  const [first] = own;
  if (first === undefined) throw new ConfigError('missing-section', wholeFile(file), 'has no [Interface] section');
  const { privateKey } = draft;
  if (privateKey === undefined) throw missingKey(file, first.line, 'PrivateKey', '[Interface]');
  return { ...draft, privateKey };
}

function readPeers(sections: readonly Section[], file: string, warn: Warn): PeerEntry[] {
  const drafts: PeerDraft[] = [];
  for (const section of sections) {
    if (section.kind !== 'peer') continue;
    const draft = newPeerDraft(section.line);
    applySection(section, PEER_KEYS, namesOf(INTERFACE_KEYS), draft, file, warn);
    drafts.push(draft);
  }
  if (drafts.length > MAX_PEERS)
    throw new ConfigError('too-many', wholeFile(file), `has ${drafts.length} peers; a device holds ${MAX_PEERS}`);
  refuseDuplicates(drafts, file);
  giveEachPrefixOneOwner(drafts, warn);
  return drafts.map((draft) => finishPeer(draft, file, warn));
}

function applySection<Draft>(
  section: Section,
  table: KeyTable<Draft>,
  otherKeys: readonly string[],
  draft: Draft,
  file: string,
  warn: Warn,
): void {
  for (const entry of section.entries) applyEntry(table, otherKeys, draft, entry, file, warn);
}

function namesOf<Draft>(table: KeyTable<Draft>): string[] {
  return [...table.values()].map((meaning) => meaning.name);
}

/** Two sections for one key would silently replace each other's allowed IPs (protocol facts 4.1). */
function refuseDuplicates(drafts: readonly PeerDraft[], file: string): void {
  const lines = new Map<string, number>();
  for (const { publicKey, publicKeyLine } of drafts) {
    if (publicKey === undefined) continue;
    const value = Buffer.from(publicKey).toString('base64');
    const earlier = lines.get(value);
    const place = { file, line: publicKeyLine, key: 'PublicKey', value };
    if (earlier !== undefined)
      throw new ConfigError('duplicate-peer', place, `the peer of line ${earlier} has the same key`);
    lines.set(value, publicKeyLine);
  }
}

/** A prefix belongs to the peer that names it last (protocol facts 5.6). */
function giveEachPrefixOneOwner(drafts: readonly PeerDraft[], warn: Warn): void {
  const owners = new Map<string, PeerDraft>();
  for (const draft of drafts) {
    for (const [text, { place }] of draft.allowedIps) {
      const earlier = owners.get(text);
      if (earlier?.allowedIps.delete(text))
        warn(warningAt(place, `also belongs to the peer of line ${earlier.line}; the later one gets it`));
      owners.set(text, draft);
    }
  }
}

function finishPeer(draft: PeerDraft, file: string, warn: Warn): PeerEntry {
  const { publicKey, presharedKey, endpoint } = draft;
  if (publicKey === undefined) throw missingKey(file, draft.line, 'PublicKey', '[Peer]');
  const persistentKeepalive = plainKeepalive(draft.persistentKeepalive);
  const allowedIps = [...draft.allowedIps.values()].map((item) => item.prefix);
  const carriers = finishCarriers(draft.carriers, endpoint, warn);
  return { publicKey, presharedKey, endpoint, allowedIps, persistentKeepalive, carriers };
}

/** S4 counts against the size of a datagram. */
function requireFittingMtu(device: InterfaceDraft, profile: Profile): void {
  const largest = largestMtu(profile.transport.prefix);
  if (device.mtu === undefined || device.mtuPlace === undefined) return;
  if (device.mtu < IPV6_MINIMUM_MTU && device.addresses.some(({ address }) => address.length === 16)) {
    throw new ConfigError(
      'bad-value',
      device.mtuPlace,
      `is too small for an IPv6 Address; ${IPV6_MINIMUM_MTU} is the least`,
    );
  }
  if (device.mtu <= largest) return;
  throw new ConfigError(
    'bad-value',
    device.mtuPlace,
    `is more than fits a datagram; ${largest} is the most${profile.transport.prefix === 0 ? '' : ' with this S4'}`,
  );
}

/** What is masqueraded is told by the networks of the interface. */
function requireNetwork({ masquerade, addresses }: InterfaceDraft): void {
  if (masquerade === undefined || tunnelNetworks(addresses).length > 0) return;
  throw new ConfigError('bad-value', masquerade, 'needs an Address with a network, such as 10.8.0.1/24');
}

function missingKey(file: string, line: number, key: string, section: string): ConfigError {
  return new ConfigError('missing-key', { file, line, key, value: '' }, `is missing from this ${section} section`);
}

function wholeFile(file: string): ConfigPlace {
  return { file, line: 0, key: '', value: '' };
}
