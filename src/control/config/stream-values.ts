/** Reading the values that are about stream carriers: TCP, TLS and WebSocket. As `values.ts`. */
import { parseAddress } from '../../protocol/address-text.ts';
import type { CarrierName, StreamKind } from '../../transport/carrier-name.ts';
import { CARRIER_NAMES } from '../../transport/carrier-name.ts';
import type { ConfigPlace } from './config-error.ts';
import { ConfigError } from './config-error.ts';
import type { FileName, WebSocketName } from './tunnel-config.ts';
import { compact, isHost, parseEndpoint } from './values.ts';

/** `auto`, or carriers in order of preference. */
export function parseTransport(place: ConfigPlace): 'auto' | readonly CarrierName[] {
  const text = compact(place.value).toLowerCase();
  if (text === 'auto') return text;
  const names = text.split(',').map((item) => carrierName(place, item));
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new ConfigError('bad-value', place, `names ${twice} twice`);
  return names;
}

function carrierName(place: ConfigPlace, text: string): CarrierName {
  const name = CARRIER_NAMES.find((known) => known === text);
  if (name !== undefined) return name;
  const hint = text === 'auto' ? '"auto" stands alone' : `"${text}" is not a transport`;
  throw new ConfigError('bad-value', place, `${hint}; there are auto, or a list of ${CARRIER_NAMES.join(', ')}`);
}

interface UrlParts {
  readonly secure: boolean;
  /** `host`, `[IPv6]`, either with or without `:port`. */
  readonly authority: string;
  readonly hasPort: boolean;
  readonly path: string;
}

/** `ws[s]://host[:port][/path]`. */
export function parseWebSocketUrl(place: ConfigPlace): WebSocketName {
  const { secure, authority, hasPort, path } = splitUrl(place, 'ws[s]://host[:port]/path');
  const endpoint = parseEndpoint(place, hasPort ? authority : `${authority}:${usualPort(secure)}`);
  const name = hasPort ? authority.replace(/:\d+$/, '') : authority;
  const host = endpoint.port === usualPort(secure) ? name : `${name}:${endpoint.port}`;
  return { endpoint, secure, host, path };
}

/** An address and port of ours; no address stands for all of both families. */
export interface ListenAddress {
  readonly address: Uint8Array | undefined;
  readonly port: number;
}

/** `[address:]port`. */
export function parseListenAddress(place: ConfigPlace, text = compact(place.value)): ListenAddress {
  const match = /^(?:(\*|\[[^\]]*\]|[^:[\]]*):)?(\d{1,5})$/.exec(text);
  const port = Number(match?.[2] ?? 0);
  if (match === null) throw new ConfigError('bad-endpoint', place, 'is not port, address:port or [IPv6 address]:port');
  if (port < 1 || port > 65535) throw new ConfigError('bad-port', place, `"${match[2]}" is not a port from 1 to 65535`);
  return { address: ownAddress(place, match[1] ?? '*'), port };
}

/** `*` and `[::]` are every address of both families, as for the UDP socket. */
function ownAddress(place: ConfigPlace, text: string): Uint8Array | undefined {
  if (text === '*') return undefined;
  const address = parseAddress(text.replace(/^\[(.*)\]$/, '$1'));
  if (address === undefined || text.startsWith('[') !== (address.length === 16))
    throw new ConfigError('bad-endpoint', place, `"${text}" is not an IP address of this host`);
  return address.length === 16 && address.every((byte) => byte === 0) ? undefined : address;
}

export interface WebSocketListenAddress extends ListenAddress {
  readonly secure: boolean;
  readonly path: string;
}

/** `ws[s]://address[:port][/path]`; the address may be `*`. */
export function parseWebSocketListen(place: ConfigPlace): WebSocketListenAddress {
  const { secure, authority, hasPort, path } = splitUrl(place, 'ws[s]://address[:port]/path');
  const text = hasPort ? authority : `${authority}:${usualPort(secure)}`;
  return { ...parseListenAddress(place, text), secure, path };
}

function splitUrl(place: ConfigPlace, shape: string): UrlParts {
  const match = /^(wss?):\/\/([^/?]+)(\/[!-~]*)?$/i.exec(compact(place.value));
  const [, scheme = '', authority = '', path = '/'] = match ?? [];
  if (match === null || authority.includes('@')) throw new ConfigError('bad-endpoint', place, `is not ${shape}`);
  return { secure: scheme.toLowerCase() === 'wss', authority, hasPort: /:\d*$/.test(withoutBrackets(authority)), path };
}

/** What may hold the colon before a port; those inside of brackets do not count. */
function withoutBrackets(authority: string): string {
  return authority.replace(/^\[[^\]]*\]/, '');
}

function usualPort(secure: boolean): number {
  return secure ? 443 : 80;
}

/** The name that we ask a TLS server for; RFC 6066, section 3, knows no addresses here. */
export function parseServerName(place: ConfigPlace): string {
  const text = compact(place.value);
  if (isHost(text) && parseAddress(text) === undefined) return text;
  throw new ConfigError('bad-value', place, 'is not a host name');
}

/** Protocol names in order of preference (RFC 7301, section 3.1): 1 to 255 bytes each. */
export function parseProtocolNames(place: ConfigPlace): string[] {
  const names = place.value.split(',').map((item) => item.trim());
  if (names.every((name) => /^[!-~]{1,255}$/.test(name))) return names;
  throw new ConfigError('bad-value', place, 'is not a list of protocol names like "h2, http/1.1"');
}

const DIGEST_BYTES = 32;

/** SHA-256 of a server's public key (SubjectPublicKeyInfo), in base64 as curl and RFC 7469 have it. */
export function parsePins(place: ConfigPlace): Uint8Array[] {
  return place.value.split(',').map((item) => parsePin({ ...place, value: item.trim() }));
}

function parsePin(place: ConfigPlace): Uint8Array {
  const text = compact(place.value).replace(/^sha256\/\/?/i, '');
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length === DIGEST_BYTES && bytes.toString('base64') === text) return Uint8Array.from(bytes);
  throw new ConfigError('bad-value', place, `is not the base64 of a SHA-256 digest (${DIGEST_BYTES} bytes)`);
}

/** Spaces inside belong to the name. */
export function parseFileName(place: ConfigPlace): FileName {
  if (!/\p{C}/u.test(place.value)) return { path: place.value, line: place.line, key: place.key };
  throw new ConfigError('bad-value', place, 'is not the name of a file');
}

/** Whether a carrier of this kind speaks TLS itself. */
export function usesTls(kind: StreamKind, secure: boolean): boolean {
  return kind === 'tls' || (kind === 'websocket' && secure);
}
