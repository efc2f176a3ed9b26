/** `sockaddr_in` and `sockaddr_in6`, the addresses of the socket calls, as bytes. */
import { AF_INET, AF_INET6 } from './socket.ts';

/**
 *     sockaddr_in            sockaddr_in6
 *     0  family u16          0   family u16
 *     2  port u16, big       2   port u16, big endian
 *     4  address             4   flow info u32
 *     8  zero (8 bytes)      8   address
 *                            24  scope id u32
 */
export const SOCKADDR_IN = { address: 4, bytes: 16 } as const;
export const SOCKADDR_IN6 = { address: 8, scope: 24, bytes: 28 } as const;
export const SOCKADDR_PORT = 2;

export interface SocketAddress {
  /** 4 or 16 bytes. */
  readonly address: Uint8Array;
  readonly port: number;
  readonly scopeId: number;
}

/** Writes the structure at `offset` and returns its size. */
export function encodeSocketAddress(bytes: Uint8Array, offset: number, from: SocketAddress): number {
  const { address, port, scopeId } = from;
  const v4 = address.length === 4;
  const size = v4 ? SOCKADDR_IN.bytes : SOCKADDR_IN6.bytes;
  bytes.fill(0, offset, offset + size);
  bytes[offset] = v4 ? AF_INET : AF_INET6;
  bytes[offset + SOCKADDR_PORT] = port >>> 8;
  bytes[offset + SOCKADDR_PORT + 1] = port & 0xff;
  bytes.set(address, offset + (v4 ? SOCKADDR_IN.address : SOCKADDR_IN6.address));
  if (!v4) setUint32(bytes, offset + SOCKADDR_IN6.scope, scopeId);
  return size;
}

export function decodeSocketAddress(bytes: Uint8Array, offset: number): SocketAddress {
  const port = (bytes[offset + SOCKADDR_PORT] << 8) | bytes[offset + SOCKADDR_PORT + 1];
  if (bytes[offset] === AF_INET) {
    return { address: copy(bytes, offset + SOCKADDR_IN.address, 4), port, scopeId: 0 };
  }
  const scopeId = getUint32(bytes, offset + SOCKADDR_IN6.scope);
  return { address: copy(bytes, offset + SOCKADDR_IN6.address, 16), port, scopeId };
}

/** A copy that does not share memory with the arena. */
export function copy(bytes: Uint8Array, offset: number, length: number): Uint8Array {
  return new Uint8Array(bytes.subarray(offset, offset + length));
}

/** Little endian, which is the byte order of every machine that this runs on. */
export function setUint32(bytes: Uint8Array, offset: number, value: number): void {
  for (let i = 0; i < 4; i++) bytes[offset + i] = value >>> (8 * i);
}

export function getUint32(bytes: Uint8Array, offset: number): number {
  let value = 0;
  for (let i = 3; i >= 0; i--) value = value * 256 + bytes[offset + i];
  return value;
}
