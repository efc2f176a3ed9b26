/**
 * AmneziaVPN's JSON (share link facts 1.3 to 1.5) to a file. `last_config` says everything twice, as keys
 * of its own and as the text of a file. AmneziaVPN connects by the keys, so they win here; the text gives
 * what the keys do not have, comments and order.
 */
import { CodecError } from '../codec/codec-error.ts';
import { ConfigDocument } from '../codec/document.ts';
import type { Report } from '../codec/finding.ts';
import { findingAt } from '../codec/finding.ts';
import type { JsonObject } from '../codec/json-reader.ts';
import { isObject, parseJson } from '../codec/json-reader.ts';
import type { SectionKind } from '../codec/key-vocabulary.ts';
import { keyWord } from '../codec/key-vocabulary.ts';
import type { SectionSpan } from '../codec/section-layout.ts';
import { normalValue } from '../codec/value-text.ts';
import { AWG_KEYS, CONTAINERS, FORMAT_VERSION } from './amnezia-keys.ts';

/** @throws CodecError, SerialiseError for values that cannot stand in a file */
export function readAmneziaServer(server: unknown, source: string, report: Report): ConfigDocument {
  if (!isObject(server)) throw new CodecError('bad-link', source, 'holds no JSON object');
  const version = server.format_version ?? 0;
  if (typeof version !== 'number' || version > FORMAT_VERSION)
    throw new CodecError('format-version', source, `has a "format_version" above ${FORMAT_VERSION}, the newest known`);
  const client = clientPart(server, source);
  const text = textOf(client.config);
  const hasText = text.includes('[Interface]');
  const document = ConfigDocument.parse(hasText ? text : EMPTY_CONFIG, source);
  return applyKeys(document, [...nameServers(server, document), ...settings(client, hasText)], hasText, report);
}

const EMPTY_CONFIG = '[Interface]\n\n[Peer]\n';

/** The `last_config` of the default container, or else of the first that has one. */
function clientPart(server: JsonObject, source: string): JsonObject {
  const containers = Array.isArray(server.containers) ? server.containers.filter(isObject) : [];
  const isDefault = (container: JsonObject): boolean => container.container === server.defaultContainer;
  const ordered = [...containers.filter(isDefault), ...containers.filter((container) => !isDefault(container))];
  for (const container of ordered) {
    for (const { protocol } of CONTAINERS) {
      const part = container[protocol];
      const client = isObject(part) ? lastConfig(part.last_config, source) : undefined;
      if (client !== undefined) return client;
    }
  }
  throw new CodecError('missing-client', source, whyNoClient(server, containers));
}

/** JSON within JSON: a string that holds a document of its own. */
function lastConfig(value: unknown, source: string): JsonObject | undefined {
  const client = typeof value === 'string' && value !== '' ? parseJson(value, `${source}: last_config`) : value;
  return isObject(client) ? client : undefined;
}

function whyNoClient(server: JsonObject, containers: readonly JsonObject[]): string {
  if (['api_config', 'auth_data', 'api_key'].some((key) => server[key] !== undefined))
    return 'belongs to a subscription: AmneziaVPN fetches its configuration from a service';
  if (typeof server.userName === 'string' && server.userName !== '')
    return 'gives full access to a server (SSH), but has no connection in it; share a connection instead';
  if (containers.length > 0) return 'has no connection with AmneziaWG or WireGuard in it';
  return 'has no "containers"';
}

interface Setting {
  readonly section: SectionKind;
  readonly key: string;
  readonly value: string;
}

function settings(client: JsonObject, hasText: boolean): Setting[] {
  const own = (key: string, value: unknown): Setting => ({ section: 'interface', key, value: textOf(value) });
  const peer = (key: string, value: unknown): Setting => ({ section: 'peer', key, value: textOf(value) });
  return [
    own('PrivateKey', client.client_priv_key),
    own('Address', client.client_ip),
    // AmneziaVPN puts its own default here, whatever the link says.
    ...(hasText ? [] : [own('MTU', client.mtu)]),
    ...AWG_KEYS.map((key) => own(key, client[key])),
    peer('PublicKey', client.server_pub_key),
    peer('PresharedKey', client.psk_key),
    peer('AllowedIPs', client.allowed_ips),
    peer('Endpoint', endpointText(client)),
    peer('PersistentKeepalive', client.persistent_keep_alive),
  ].filter(({ value }) => value !== '');
}

/** The text of a file has `$PRIMARY_DNS, $SECONDARY_DNS` where the JSON has the addresses. */
function nameServers(server: JsonObject, document: ConfigDocument): Setting[] {
  const section = document.sections.find(({ kind }) => kind === 'interface');
  const written = section === undefined ? [] : document.valuesOf(section, 'DNS');
  const known = new Map([
    ['$PRIMARY_DNS', textOf(server.dns1)],
    ['$SECONDARY_DNS', textOf(server.dns2)],
  ]);
  const items =
    written.length === 0
      ? [...known.keys()]
      : written
          .join(',')
          .split(',')
          .map((item) => item.trim());
  const value = items
    .map((item) => known.get(item) ?? item)
    .filter((item) => item !== '')
    .join(', ');
  return [{ section: 'interface', key: 'DNS', value }];
}

function endpointText(client: JsonObject): string {
  const host = textOf(client.hostName);
  const port = textOf(client.port);
  if (host === '' || port === '') return '';
  return host.includes(':') && !host.startsWith('[') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Lists become comma lists; whatever is neither text nor number says nothing. */
function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return `${value}`;
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string').join(', ') : '';
}

function applyKeys(
  document: ConfigDocument,
  wanted: readonly Setting[],
  hasText: boolean,
  report: Report,
): ConfigDocument {
  let edited = document;
  for (const setting of wanted) edited = applyKey(edited, setting, hasText, report);
  return edited;
}

/** AmneziaVPN knows one peer, and of several in the text the last. */
function applyKey(document: ConfigDocument, setting: Setting, hasText: boolean, report: Report): ConfigDocument {
  const { key, value } = setting;
  const section = document.sections.findLast(({ kind }) => kind === setting.section);
  if (section === undefined)
    throw new CodecError(
      'bad-link',
      document.source,
      `has no [${setting.section === 'peer' ? 'Peer' : 'Interface'}] section`,
    );
  const written = document.valuesOf(section, key);
  if (isSame(setting, written)) return document;
  if (hasText && key !== 'DNS') reportContradiction(document, section, setting, report);
  return document.withValue(section, key, ...(value === '' ? [] : [value.trim()]));
}

function isSame({ section, key, value }: Setting, written: readonly string[]): boolean {
  const known = keyWord(section, key);
  const text = known?.shape === 'list' ? written.join(',') : (written.at(-1) ?? '');
  return normalValue(known, text).toLowerCase() === normalValue(known, value.trim()).toLowerCase();
}

function reportContradiction(
  document: ConfigDocument,
  { header }: SectionSpan,
  { key }: Setting,
  report: Report,
): void {
  const place = { source: document.source, line: header + 1, key };
  report(
    findingAt(
      'contradiction',
      place,
      'is one value in the text of this link and another beside it, which AmneziaVPN takes; so do we',
    ),
  );
}
