/**
 * Reading single values. Each function takes the text and where it stands, and either returns the
 * value or throws a ConfigError that quotes the text and says what was expected.
 */

import type { RouteTable } from '../../device/device-settings.ts';
import { maskPrefix, parseAddress } from '../../protocol/address-text.ts';
import { KEY_BYTES } from '../../protocol/constants.ts';
import type { Prefix } from '../../protocol/engine-port.ts';
import { ObfuscationError } from '../../protocol/obfuscation/obfuscation-error.ts';
import { parseRange } from '../../protocol/obfuscation/range-text.ts';
import type { Range } from '../../protocol/range.ts';
import { exactly } from '../../protocol/range.ts';
import type { ConfigErrorCode, ConfigPlace } from './config-error.ts';
import { ConfigError } from './config-error.ts';
import type { EndpointName, TableName } from './tunnel-config.ts';

/** 32 bytes in base64. The message never repeats the text: it may be a private key with a typing error. */
export function parseKey(place: ConfigPlace): Uint8Array {
  const text = compact(place.value);
  const bytes = Buffer.from(text, 'base64');
  const hidden = { ...place, value: '' };
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text)) throw new ConfigError('bad-key', hidden, 'is not base64');
  if (bytes.length !== KEY_BYTES) {
    throw new ConfigError(
      'bad-key',
      hidden,
      `is ${bytes.length} bytes long; a key is ${KEY_BYTES} bytes (44 base64 characters ending in "=")`,
    );
  }
  if (bytes.toString('base64') !== text)
    throw new ConfigError('bad-key', hidden, 'is not canonical base64 of 32 bytes (44 characters ending in "=")');
  return Uint8Array.from(bytes);
}

/** A decimal number in [minimum, maximum]. */
export function parseInteger(
  place: ConfigPlace,
  minimum: number,
  maximum: number,
  code: ConfigErrorCode = 'bad-value',
): number {
  const text = compact(place.value);
  const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= minimum && value <= maximum) return value;
  throw new ConfigError(code, place, `is not a number from ${minimum} to ${maximum}`);
}

export function parseListenPort(place: ConfigPlace): number {
  return parseInteger(place, 0, 65535, 'bad-port');
}

/** `off`, decimal or 0x hexadecimal, 32 bits; 0 = off. */
export function parseFwMark(place: ConfigPlace): number {
  const text = compact(place.value).toLowerCase();
  if (text === 'off') return 0;
  const value = /^(0x[0-9a-f]{1,8}|\d{1,10})$/.test(text) ? Number(text) : Number.NaN;
  if (value <= 0xffff_ffff) return value;
  throw new ConfigError(
    'bad-value',
    place,
    'is not "off", a decimal number or 0x followed by up to 8 hexadecimal digits',
  );
}

/** Tables that Linux names itself (rtnetlink(7)). */
const NAMED_TABLES: ReadonlyMap<string, number> = new Map([
  ['default', 253],
  ['main', 254],
  ['local', 255],
]);

/** A name that Linux does not know itself is looked up when the tunnel comes up. */
export function parseTable(place: ConfigPlace): RouteTable | TableName {
  const text = compact(place.value);
  const plain = text.toLowerCase();
  if (plain === 'auto' || plain === 'off') return plain;
  const named = NAMED_TABLES.get(plain);
  if (named !== undefined) return named;
  const value = /^(\d{1,10}|0x[\da-f]{1,8})$/.test(plain) ? Number(plain) : 0;
  if (value >= 1 && value <= 0xffff_ffff) return value;
  if (/^[A-Za-z_][\w.-]{0,62}$/.test(text)) return { name: text, line: place.line };
  throw new ConfigError(
    'bad-value',
    place,
    'is not "auto", "off", the name of a table or a table number from 1 to 4294967295',
  );
}

/** Seconds: `off`, a number, or a range to draw from (AmneziaWG 3.0). */
export function parseKeepalive(place: ConfigPlace): Range {
  const range = parseRangeValue(place);
  if (range.high <= LONGEST_KEEPALIVE) return range;
  throw new ConfigError('bad-value', place, `is not within 0 to ${LONGEST_KEEPALIVE} seconds`);
}

const LONGEST_KEEPALIVE = 65535;

/** `a` or `a-b`, 32 bits each. Windows writes nothing as `off`, and upstream's documentation as `(off)`; both are 0. */
export function parseRangeValue(place: ConfigPlace): Range {
  const text = compact(place.value).toLowerCase();
  if (text === '' || text === 'off' || text === '(off)') return exactly(0);
  try {
    return parseRange(text);
  } catch (error) {
    if (!(error instanceof ObfuscationError)) throw error;
    throw new ConfigError('bad-value', place, error.complaint);
  }
}

/** `on` or `off`, or a number that is 0 for off. Nothing is off. */
export function parseSwitch(place: ConfigPlace): boolean {
  const text = compact(place.value).toLowerCase();
  if (text === 'on') return true;
  if (text === '' || text === 'off') return false;
  if (/^\d+$/.test(text)) return /[1-9]/.test(text);
  throw new ConfigError('bad-value', place, 'is neither "on" nor "off" nor a number (0 = off)');
}

/** `true` or `false`, as the switches of wg-quick have it. */
export function parseFlag(place: ConfigPlace): boolean {
  const text = compact(place.value).toLowerCase();
  if (text === 'true' || text === 'false') return text === 'true';
  throw new ConfigError('bad-value', place, 'is neither "true" nor "false"');
}

/** `address` or `address/length`; a missing length means the single address. Host bits are kept. */
export function parsePrefix(place: ConfigPlace): Prefix {
  const [text = '', lengthText, ...rest] = compact(place.value).split('/');
  const address = parseAddress(text);
  if (address === undefined || rest.length > 0)
    throw new ConfigError('bad-prefix', place, 'is not an IP address with an optional "/length"');
  const longest = address.length * 8;
  if (lengthText === undefined) return { address, length: longest };
  const length = /^\d{1,3}$/.test(lengthText) ? Number(lengthText) : Number.NaN;
  if (length <= longest) return { address, length };
  throw new ConfigError('bad-prefix', place, `"/${lengthText}" is not a prefix length from 0 to ${longest}`);
}

export function hasHostBits(prefix: Prefix): boolean {
  const network = maskPrefix(prefix);
  return prefix.address.some((byte, index) => byte !== network.address[index]);
}

/** `host:port` or `[IPv6]:port`; the host is an address or a name. `text` is the part of the value that is to be one. */
export function parseEndpoint(place: ConfigPlace, text = compact(place.value)): EndpointName {
  const match = /^(?:\[([^\]]+)\]|([^:[\]]+)):([^:]*)$/.exec(text);
  if (match === null) throw new ConfigError('bad-endpoint', place, 'is not host:port, or [IPv6 address]:port');
  const [, bracketed, plain, port = ''] = match;
  checkPort(place, port);
  const host = bracketed ?? plain ?? '';
  if (bracketed !== undefined ? !isAddress6(bracketed) : !isHost(host)) {
    throw new ConfigError(
      'bad-endpoint',
      place,
      `"${host}" is not ${bracketed === undefined ? 'a host name or IPv4 address' : 'an IPv6 address'}`,
    );
  }
  return { host, port: Number(port), line: place.line, key: place.key };
}

function checkPort(place: ConfigPlace, text: string): void {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port < 1 || port > 65535) throw new ConfigError('bad-port', place, `"${text}" is not a port from 1 to 65535`);
}

function isAddress6(host: string): boolean {
  const [address = '', ...zone] = host.split('%');
  return parseAddress(address)?.length === 16 && zone.length <= 1 && zone.every((name) => /^[^\s/]{1,15}$/.test(name));
}

/** RFC 1123 names, with the underscore that people use; what looks like an IPv4 address has to be one. */
export function isHost(host: string): boolean {
  if (/^[\d.]+$/.test(host)) return parseAddress(host) !== undefined;
  return (
    host.length <= 253 &&
    host
      .replace(/\.$/, '')
      .split('.')
      .every((label) => /^[\p{L}\p{N}_]([\p{L}\p{N}_-]{0,61}[\p{L}\p{N}_])?$/u.test(label))
  );
}

/** A list as wg-quick reads those that are its own: with commas, spaces or both, and none of them in vain. */
export function words(text: string): string[] {
  return text.split(/[\s,]+/).filter((word) => word !== '');
}

/** The original removes white space everywhere outside I1-I5. */
export function compact(text: string): string {
  return text.replaceAll(/\s/g, '');
}
