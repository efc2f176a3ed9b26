/**
 * A file as one operation on a running tunnel: what `wg setconf`, `addconf` and `syncconf` make of it
 * (protocol facts 4.1). What a running tunnel cannot be told this way is refused, not passed over.
 */
import { formatEndpoint } from '../../protocol/address-text.ts';
import type { ConfigModel, ModelSection } from '../codec/config-model.ts';
import { entryOf } from '../codec/config-model.ts';
import type { KeyWord } from '../codec/key-vocabulary.ts';
import { INTERFACE_WORDS, PEER_WORDS } from '../codec/key-vocabulary.ts';
import { settingLines } from '../codec/uapi-writer.ts';
import type { ConfigPlace } from '../config/config-error.ts';
import { ConfigError } from '../config/config-error.ts';
import type { ResolveOptions } from '../config/resolve.ts';
import { resolveEndpoint } from '../config/resolve.ts';
import { parseEndpoint } from '../config/values.ts';
import type { InterfaceState } from './interface-state.ts';

export interface SourceModel {
  /** For messages. */
  readonly source: string;
  readonly model: ConfigModel;
}

const NO_KEY = '0'.repeat(64);

/** Always written, as cleared where the file does not have them. */
const ALWAYS: readonly string[] = [`private_key=${NO_KEY}`, 'listen_port=0', 'fwmark=0'];

/** What is not in the file goes; but AWG parameters that are not in it stay. @throws ConfigError */
export function setOperation(file: SourceModel): string[] {
  return [...ownLines(file), 'replace_peers=true', ...peerLines(file)];
}

/** Nothing goes, but for the allowed IPs of the peers in the file. @throws ConfigError */
export function addOperation(file: SourceModel): string[] {
  return [...interfaceLines(file), ...peerLines(file)];
}

/** As `setOperation`, without ending sessions of peers that stay. @throws ConfigError */
export function syncOperation(file: SourceModel, running: InterfaceState): string[] {
  const listed = peerLines(file);
  if (file.model.peers.length === 0) return [...ownLines(file), 'replace_peers=true'];
  const wanted = new Set(listed);
  const present = running.peers.map(({ values }) => `public_key=${values.get('public_key') ?? ''}`);
  const removals = present.filter((line) => !wanted.has(line)).flatMap((line) => [line, 'remove=true']);
  return [...ownLines(file), ...removals, ...listed];
}

/** The same file with addresses in the place of host names. @throws ConfigError 'unresolved-endpoint' */
export async function withAddresses({ source, model }: SourceModel, options: ResolveOptions): Promise<SourceModel> {
  const peers: ModelSection[] = [];
  for (const peer of model.peers) peers.push(await withAddress(peer, source, options));
  return { source, model: { ...model, peers } };
}

async function withAddress(peer: ModelSection, source: string, options: ResolveOptions): Promise<ModelSection> {
  const named = entryOf(peer, 'Endpoint');
  if (named === undefined) return peer;
  const name = parseEndpoint({ file: source, line: named.line, key: named.key, value: named.value });
  const value = formatEndpoint(await resolveEndpoint(name, source, options));
  return { ...peer, entries: peer.entries.map((entry) => (entry === named ? { ...entry, value } : entry)) };
}

function ownLines(file: SourceModel): string[] {
  const named = interfaceLines(file);
  const keys = new Set(named.map(keyOf));
  return [...ALWAYS.filter((line) => !keys.has(keyOf(line))), ...named];
}

function keyOf(line: string): string {
  return line.slice(0, line.indexOf('='));
}

function interfaceLines({ source, model }: SourceModel): string[] {
  return model.interface === undefined ? [] : sectionLines(model.interface, INTERFACE_WORDS, source);
}

function peerLines({ source, model }: SourceModel): string[] {
  return model.peers.flatMap((peer) => {
    if (entryOf(peer, 'PublicKey') === undefined)
      throw new ConfigError(
        'missing-key',
        placeOf(source, peer.line, 'PublicKey'),
        'is missing from this [Peer] section',
      );
    const lines = sectionLines(peer, PEER_WORDS, source);
    // Whoever lists no allowed IPs wants none.
    return entryOf(peer, 'AllowedIPs') === undefined ? [...lines, 'replace_allowed_ips=true'] : lines;
  });
}

function sectionLines(section: ModelSection, words: readonly KeyWord[], source: string): string[] {
  for (const { key, line } of section.entries) refuseOthers(words, placeOf(source, line, key));
  return words.flatMap((known) => {
    const entry = entryOf(section, known.name);
    return entry === undefined
      ? []
      : settingLines(known, { ...placeOf(source, entry.line, entry.key), value: entry.value });
  });
}

/** `AdvancedSecurity` is accepted by all tools, and means nothing. */
function refuseOthers(words: readonly KeyWord[], place: ConfigPlace): void {
  const known = words.find(({ name }) => name === place.key);
  if (known?.uapi !== undefined || known?.name === 'AdvancedSecurity') return;
  throw known === undefined
    ? new ConfigError('unknown-key', place, 'is not a known key')
    : new ConfigError('not-supported', place, 'is for "up" and "reload"; a running tunnel cannot be told it this way');
}

function placeOf(file: string, line: number, key: string): ConfigPlace {
  return { file, line, key, value: '' };
}
