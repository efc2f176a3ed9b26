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
  setUint32,
} from '../platform/linux/socket-address.ts';
import type { Endpoint, LocalAddress } from '../protocol/endpoint.ts';
import { PATH_BYTES } from './carrier.ts';

/** Offsets of the local part inside a record. */
export const PATH_LOCAL = { interfaceIndex: SOCKADDR_IN6.bytes, address: 32 } as const;

const PATH_WORDS = PATH_BYTES / 4;

/** Writes all PATH_BYTES: what an endpoint does not have is zero, so equal paths are equal bytes. */
export function encodePath(bytes: Uint8Array, offset: number, endpoint: Endpoint): void {
  bytes.fill(0, offset, offset + PATH_BYTES);
  encodeSocketAddress(bytes, offset, endpoint);
  const { local } = endpoint;
  if (local === undefined) return;
  setUint32(bytes, offset + PATH_LOCAL.interfaceIndex, local.interfaceIndex);
  bytes.set(local.address, offset + PATH_LOCAL.address);
}

export function decodePath(bytes: Uint8Array, offset: number): Endpoint {
  const remote = decodeSocketAddress(bytes, offset);
  const local = decodeLocal(bytes, offset, remote.address.length);
  return local === undefined ? remote : { ...remote, local };
}

function decodeLocal(bytes: Uint8Array, offset: number, length: number): LocalAddress | undefined {
  const address = copy(bytes, offset + PATH_LOCAL.address, length);
  if (address.every((byte) => byte === 0)) return undefined;
  return { address, interfaceIndex: getUint32(bytes, offset + PATH_LOCAL.interfaceIndex) };
}

/** Whether two records, at byte offsets, name the same path in both directions. Hot: no allocation. */
export function samePath(u32: Uint32Array, a: number, b: number): boolean {
  const first = a >>> 2;
  const second = b >>> 2;
  for (let i = 0; i < PATH_WORDS; i++) if (u32[first + i] !== u32[second + i]) return false;
  return true;
}
