/**
 * Internet addresses as people write them. Used where configuration comes in and where endpoints and
 * prefixes are shown; packets never pass through here.
 */
import type { Endpoint } from './endpoint.ts';
import type { Prefix } from './engine-port.ts';

/** Reads a dotted quad (4 bytes) or IPv6 text (16 bytes, RFC 4291 2.2, no zone); undefined for anything else. */
export function parseAddress(text: string): Uint8Array | undefined {
  return text.includes(':') ? parseAddress6(text) : parseAddress4(text);
}

function parseAddress4(text: string): Uint8Array | undefined {
  const fields = text.split('.');
  if (fields.length !== 4 || !fields.every(isOctet)) return undefined;
  return Uint8Array.from(fields, Number);
}

/** Leading zeros are refused: half of the world reads them as octal. */
function isOctet(field: string): boolean {
  return /^(0|[1-9]\d{0,2})$/.test(field) && Number(field) <= 255;
}

function parseAddress6(text: string): Uint8Array | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const head = parseGroups(halves[0] ?? '', halves.length === 1);
  const tail = halves.length === 2 ? parseGroups(halves[1] ?? '', true) : [];
  if (head === undefined || tail === undefined) return undefined;
  const missing = 16 - head.length - tail.length;
  // "::" stands for at least one group of zeros (RFC 5952 4.2.2 tells writers so; readers are as strict here).
  if (halves.length === 1 ? missing !== 0 : missing < 2) return undefined;
  return Uint8Array.from([...head, ...new Array<number>(missing).fill(0), ...tail]);
}

/** Bytes of the groups between colons; the last one may be a dotted quad when `mayEndInQuad`. */
function parseGroups(text: string, mayEndInQuad: boolean): number[] | undefined {
  if (text === '') return [];
  const bytes: number[] = [];
  const groups = text.split(':');
  for (const [index, group] of groups.entries()) {
    const quad = mayEndInQuad && index === groups.length - 1 ? parseAddress4(group) : undefined;
    if (quad !== undefined) bytes.push(...quad);
    else if (/^[0-9a-fA-F]{1,4}$/.test(group))
      bytes.push(Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 0xff);
    else return undefined;
  }
  return bytes;
}

/** The canonical text (RFC 5952) of 4 or 16 bytes. */
export function formatAddress(address: Uint8Array): string {
  return address.length === 4 ? address.join('.') : formatAddress6(address);
}

function formatAddress6(address: Uint8Array): string {
  const groups = Array.from(
    { length: 8 },
    (_, index) => ((address[index * 2] ?? 0) << 8) | (address[index * 2 + 1] ?? 0),
  );
  const gap = longestZeroRun(groups);
  const words = groups.map((group) => group.toString(16));
  if (gap.length < 2) return words.join(':');
  return `${words.slice(0, gap.start).join(':')}::${words.slice(gap.start + gap.length).join(':')}`;
}

function longestZeroRun(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  let start = 0;
  for (const [index, group] of groups.entries()) {
    if (group !== 0) start = index + 1;
    else if (index + 1 - start > best.length) best = { start, length: index + 1 - start };
  }
  return best;
}

/** `192.0.2.1/24` or `2001:db8::/32`. */
export function formatPrefix(prefix: Prefix): string {
  return `${formatAddress(prefix.address)}/${prefix.length}`;
}

/** `192.0.2.1:51820` or `[fe80::1%2]:51820`. */
export function formatEndpoint(endpoint: Endpoint): string {
  const address = formatAddress(endpoint.address);
  if (endpoint.address.length === 4) return `${address}:${endpoint.port}`;
  const zone = endpoint.scopeId === 0 ? '' : `%${endpoint.scopeId}`;
  return `[${address}${zone}]:${endpoint.port}`;
}

/** The same prefix with every bit beyond its length cleared. */
export function maskPrefix(prefix: Prefix): Prefix {
  const address = prefix.address.map((byte, index) => byte & maskByte(prefix.length - index * 8));
  return { address, length: prefix.length };
}

function maskByte(bits: number): number {
  if (bits >= 8) return 0xff;
  return bits <= 0 ? 0 : (0xff00 >> bits) & 0xff;
}

/** Whether every address of `inner` lies in `outer`. */
export function covers(outer: Prefix, inner: Prefix): boolean {
  if (outer.address.length !== inner.address.length || outer.length > inner.length) return false;
  const network = maskPrefix(outer).address;
  return maskPrefix({ address: inner.address, length: outer.length }).address.every(
    (byte, index) => byte === network[index],
  );
}
