/**
 * Path records (see `carrier.ts` for the layout): where a datagram came from, in the form that the
 * kernel reads and writes, and the endpoint that the protocol core keeps of it.
 */
import {
  copy,
  decodeSocketAddress,
  encodeSocketAddress,
  getUint32,
  SOCKADDR_IN6,
  SOCKADDR_PORT,
  setUint32,
} from '../platform/linux/socket-address.ts';
import type { Endpoint, LocalAddress } from '../protocol/endpoint.ts';
import { PATH_BUNDLE, PATH_BYTES, STREAM_FAMILY } from './carrier.ts';

/** Offsets of the local part inside a record. */
export const PATH_LOCAL = { interfaceIndex: SOCKADDR_IN6.bytes, address: 32 } as const;

const PATH_WORDS = PATH_BYTES / 4;
/** Those that say where the peer is: what comes after them is about us. */
const REMOTE_WORDS = PATH_LOCAL.interfaceIndex / 4;

/** What stands before an IPv4 address where IPv6 addresses are expected (RFC 4291, 2.5.5.2). */
const MAPPED_V4 = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff);

/** Writes all PATH_BYTES: what an endpoint does not have is zero, so equal paths are equal bytes. */
export function encodePath(bytes: Uint8Array, offset: number, endpoint: Endpoint): void {
  bytes.fill(0, offset, offset + PATH_BYTES);
  if (endpoint.bundle !== undefined) {
    encodeStream(bytes, offset, endpoint, endpoint.bundle);
    return;
  }
  encodeSocketAddress(bytes, offset, endpoint);
  const { local } = endpoint;
  if (local === undefined) return;
  setUint32(bytes, offset + PATH_LOCAL.interfaceIndex, local.interfaceIndex);
  bytes.set(local.address, offset + PATH_LOCAL.address);
}

export function decodePath(bytes: Uint8Array, offset: number): Endpoint {
  if (getUint16(bytes, offset) === STREAM_FAMILY) return decodeStream(bytes, offset);
  const remote = decodeSocketAddress(bytes, offset);
  const local = decodeLocal(bytes, offset, remote.address.length);
  return local === undefined ? remote : { ...remote, local };
}

/** Whether the record at this byte offset is that of a bundle of connections. Hot. */
export function isStreamPath(u32: Uint32Array, path: number): boolean {
  return (u32[path >>> 2] & 0xffff) === STREAM_FAMILY;
}

/** Whether two records, at byte offsets, name the same path in both directions. Hot: no allocation. */
export function samePath(u32: Uint32Array, a: number, b: number): boolean {
  return isStreamPath(u32, a) ? sameBundle(u32, a, b) : sameWords(u32, a, b, PATH_WORDS);
}

/** Whether two records name the same peer's end, wherever ours is. Hot: no allocation. */
export function sameRemote(u32: Uint32Array, a: number, b: number): boolean {
  return isStreamPath(u32, a) ? sameBundle(u32, a, b) : sameWords(u32, a, b, REMOTE_WORDS);
}

/** The connections of a bundle may begin at different ports. */
function sameBundle(u32: Uint32Array, a: number, b: number): boolean {
  return isStreamPath(u32, b) && u32[(a + PATH_BUNDLE) >>> 2] === u32[(b + PATH_BUNDLE) >>> 2];
}

function sameWords(u32: Uint32Array, a: number, b: number, words: number): boolean {
  const first = a >>> 2;
  const second = b >>> 2;
  for (let i = 0; i < words; i++) if (u32[first + i] !== u32[second + i]) return false;
  return true;
}

/** On zeroed bytes. The rest of the layout is that of sockaddr_in6. */
function encodeStream(bytes: Uint8Array, offset: number, endpoint: Endpoint, bundle: number): void {
  const { address, port, scopeId } = endpoint;
  const at = offset + SOCKADDR_IN6.address;
  bytes[offset] = STREAM_FAMILY & 0xff;
  bytes[offset + 1] = STREAM_FAMILY >>> 8;
  bytes[offset + SOCKADDR_PORT] = port >>> 8;
  bytes[offset + SOCKADDR_PORT + 1] = port & 0xff;
  setUint32(bytes, offset + PATH_BUNDLE, bundle);
  if (address.length === 4) bytes.set(MAPPED_V4, at);
  bytes.set(address, at + 16 - address.length);
  setUint32(bytes, offset + SOCKADDR_IN6.scope, scopeId);
}

function decodeStream(bytes: Uint8Array, offset: number): Endpoint {
  const at = offset + SOCKADDR_IN6.address;
  const isV4 = MAPPED_V4.every((byte, index) => bytes[at + index] === byte);
  return {
    bundle: getUint32(bytes, offset + PATH_BUNDLE),
    address: isV4 ? copy(bytes, at + MAPPED_V4.length, 4) : copy(bytes, at, 16),
    port: (bytes[offset + SOCKADDR_PORT] << 8) | bytes[offset + SOCKADDR_PORT + 1],
    scopeId: getUint32(bytes, offset + SOCKADDR_IN6.scope),
  };
}

function decodeLocal(bytes: Uint8Array, offset: number, length: number): LocalAddress | undefined {
  const address = copy(bytes, offset + PATH_LOCAL.address, length);
  if (address.every((byte) => byte === 0)) return undefined;
  return { address, interfaceIndex: getUint32(bytes, offset + PATH_LOCAL.interfaceIndex) };
}

/** Little endian, as the kernel keeps the family. */
function getUint16(bytes: Uint8Array, offset: number): number {
  return bytes[offset] | (bytes[offset + 1] << 8);
}
