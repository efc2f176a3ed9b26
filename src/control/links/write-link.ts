/**
 * Settings as AmneziaVPN would keep them had it imported the file itself (share link facts 1.6), and so
 * in the form that each of its versions reads: one container, the text of the file, and its values as keys.
 */

import { parseAddress } from '../../protocol/address-text.ts';
import { CodecError } from '../codec/codec-error.ts';
import type { ConfigModel, ModelSection } from '../codec/config-model.ts';
import { entryOf } from '../codec/config-model.ts';
import { listItems } from '../codec/value-text.ts';
import { parseEndpoint } from '../config/values.ts';
import { AWG_KEYS, CONTAINERS } from './amnezia-keys.ts';
import { LINK_PREFIX, pack, toBase64Url } from './link-text.ts';

export interface LinkContent {
  readonly model: ConfigModel;
  /** The same as a file. */
  readonly text: string;
  /** What AmneziaVPN calls the connection; without it, the host of the endpoint. */
  readonly name?: string;
}

/** What AmneziaVPN gives to a file without MTU, on a desktop. */
const DEFAULT_MTU = '1376';

/** @throws CodecError 'incomplete', 'several-peers' */
export function writeLink(content: LinkContent, source: string): string {
  return LINK_PREFIX + toBase64Url(packLink(content, source));
}

/** What a link holds in base64url, and a QR series in pieces. @throws as writeLink */
export function packLink(content: LinkContent, source: string): Buffer {
  return pack(Buffer.from(jsonText(serverObject(content, source), 4), 'utf8'));
}

type Json = string | number | boolean | readonly Json[] | { readonly [key: string]: Json };

function serverObject({ model, text, name }: LinkContent, source: string): Json {
  const peer = onlyPeer(model, source);
  const endpoint = requireValue(peer, 'Endpoint', source);
  const { host, port } = parseEndpoint({ file: source, line: 0, key: 'Endpoint', value: endpoint });
  const awgValues = AWG_KEYS.flatMap((key) => {
    const entry = entryOf(model.interface, key);
    return entry === undefined ? [] : [[key, entry.value] as const];
  });
  const [container] = awgValues.length > 0 ? CONTAINERS : [CONTAINERS[1]];
  const client = {
    ...clientKeys(model.interface, peer, source),
    ...Object.fromEntries(awgValues),
    config: text.replaceAll(/\r\n?/g, '\n'),
    hostName: host,
    port,
  };
  const protocol = {
    isThirdPartyConfig: true,
    last_config: jsonText(client),
    port: `${port}`,
    transport_proto: 'udp',
  };
  return {
    containers: [{ container: container.imported, [container.protocol]: protocol }],
    defaultContainer: container.imported,
    description: name ?? host,
    hostName: host,
    ...nameServers(model.interface),
  };
}

function clientKeys(own: ModelSection | undefined, peer: ModelSection, source: string): Record<string, Json> {
  const optional = (name: string, key: string): Record<string, Json> => {
    const entry = entryOf(peer, key);
    return entry === undefined ? {} : { [name]: entry.value };
  };
  return {
    client_priv_key: requireValue(own, 'PrivateKey', source),
    client_ip: requireValue(own, 'Address', source),
    server_pub_key: requireValue(peer, 'PublicKey', source),
    ...optional('psk_key', 'PresharedKey'),
    ...optional('persistent_keep_alive', 'PersistentKeepalive'),
    allowed_ips: listItems(entryOf(peer, 'AllowedIPs')?.value ?? ''),
    mtu: entryOf(own, 'MTU')?.value ?? DEFAULT_MTU,
  };
}

/** Two addresses at most; search domains have no place there. */
function nameServers(own: ModelSection | undefined): Record<string, Json> {
  const addresses = listItems(entryOf(own, 'DNS')?.value ?? '').filter((item) => parseAddress(item) !== undefined);
  return Object.fromEntries(addresses.slice(0, 2).map((address, index) => [`dns${index + 1}`, address]));
}

function onlyPeer({ peers }: ConfigModel, source: string): ModelSection {
  const [peer, ...others] = peers;
  if (peer === undefined) throw new CodecError('incomplete', source, 'has no [Peer], and a link needs one');
  if (others.length > 0)
    throw new CodecError(
      'several-peers',
      source,
      `has ${peers.length} peers; AmneziaVPN knows one and would drop the others`,
    );
  return peer;
}

function requireValue(section: ModelSection | undefined, key: string, source: string): string {
  const entry = entryOf(section, key);
  if (entry === undefined) throw new CodecError('incomplete', source, `has no ${key}, which AmneziaVPN needs`);
  return entry.value;
}

/** Keys in order, as Qt writes them. */
function jsonText(value: Json, indentation?: number): string {
  return JSON.stringify(sorted(value), undefined, indentation);
}

function sorted(value: Json): Json {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, member]) => [key, sorted(member)]),
  );
}
