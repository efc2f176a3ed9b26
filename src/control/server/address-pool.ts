/** Which address a new client gets: the lowest in the server's network that nobody has. */
import { maskPrefix } from '../../protocol/address-text.ts';
import type { Prefix } from '../../protocol/engine-port.ts';

/**
 * The lowest free address, undefined where there is none. Its work is bounded by the number of prefixes
 * in `taken`, however large the network is: each is stepped over once.
 *
 * @param taken prefixes of any family, host bits allowed; all their addresses count as taken
 */
export function freeAddress(network: Prefix, taken: readonly Prefix[]): Uint8Array | undefined {
  const bytes = network.address.length;
  const { first, last } = hostSpan(network);
  const spans = taken.filter(({ address }) => address.length === bytes).map(spanOf);
  let candidate = first;
  for (const span of spans.sort((a, b) => (a.first < b.first ? -1 : 1))) {
    if (span.first <= candidate && span.last >= candidate) candidate = span.last + 1n;
  }
  return candidate <= last ? bytesOf(candidate, bytes) : undefined;
}

/** The first address that a host may have: a server takes it. */
export function firstAddress(network: Prefix): Uint8Array {
  return bytesOf(hostSpan(network).first, network.address.length);
}

interface Span {
  readonly first: bigint;
  readonly last: bigint;
}

/**
 * Without the network's own address and, of IPv4, the one for broadcasts (RFC 3021 has neither for /31).
 * For IPv6 the lowest is the anycast address of its routers (RFC 4291, section 2.6.1).
 */
function hostSpan(network: Prefix): Span {
  const { first, last } = spanOf(network);
  const bits = network.address.length * 8 - network.length;
  if (bits < 2) return { first, last };
  return { first: first + 1n, last: network.address.length === 4 ? last - 1n : last };
}

function spanOf(prefix: Prefix): Span {
  const first = numberOf(maskPrefix(prefix).address);
  const size = 1n << BigInt(prefix.address.length * 8 - prefix.length);
  return { first, last: first + size - 1n };
}

function numberOf(address: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(address).toString('hex')}`);
}

function bytesOf(value: bigint, length: number): Uint8Array {
  return Uint8Array.from(Buffer.from(value.toString(16).padStart(length * 2, '0'), 'hex'));
}
