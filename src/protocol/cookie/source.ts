/** Whom limits are for: an IPv4 address, or the /64 of an IPv6 address, which one host usually has to itself. */
import { readUint32 } from '../bytes.ts';
import type { Endpoint } from '../endpoint.ts';

const IPV4_BYTES = 4;

/** A key for maps: small and made without garbage where it can be. */
export function sourceOf(address: Uint8Array): number | string {
  const first = readUint32(address, 0) | 0;
  return address.length === IPV4_BYTES ? first : `${first}:${readUint32(address, 4) | 0}`;
}

/**
 * 32 bits that differ from sender to sender, a source with a port, and with `salt` in a way that nobody can
 * foresee who does not know it.
 */
export function hashOfSender({ address, port }: Endpoint, salt: number): number {
  const rest = address.length === IPV4_BYTES ? 0 : readUint32(address, 4);
  return mix(mix(mix(readUint32(address, 0) ^ salt) ^ rest) ^ port);
}

/** The finaliser of MurmurHash3: each bit of what goes in changes half of what comes out. */
function mix(value: number): number {
  let hash = value;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85eb_ca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2_ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
