/**
 * How large an inner packet may be, so that its datagram still fits the path.
 *
 * On the wire a transport message is S4 + 16 (header) + packet + 16 (tag), inside UDP (8) and IPv4 (20)
 * or IPv6 (40): packet + 60 + S4, or packet + 80 + S4.
 */
import { MAX_RUN_BYTES } from '../transport/carrier.ts';

const UDP_HEADER_BYTES = 8;
const IPV6_HEADER_BYTES = 40;
const MESSAGE_OVERHEAD_BYTES = 32;

/** Assumed where the path to the peers says nothing: Ethernet. */
const ASSUMED_PATH_MTU = 1500;

/** IPv4 works on every link of this size (RFC 791). */
const IPV4_MINIMUM_MTU = 576;

/** A link that carries IPv6 has at least this (RFC 8200, section 5); Linux has no IPv6 on a smaller one. */
export const IPV6_MINIMUM_MTU = 1280;

/** Largest MTU whose transport messages still fit one run of a carrier. */
export function largestMtu(prefix: number): number {
  return MAX_RUN_BYTES - MESSAGE_OVERHEAD_BYTES - prefix;
}

/**
 * Where the path is too narrow for what the tunnel carries, datagrams are fragmented on the way.
 * Always counts with an IPv6 header, as wg-quick does: a peer may roam from IPv4 to IPv6, and the
 * result must hold for both.
 *
 * @param pathMtu bytes of the narrowest path to a peer, or undefined when no peer has a path yet
 * @param prefix S4, random bytes before each transport message
 * @param carriesIpv6 whether there are IPv6 packets inside
 */
export function defaultMtu(pathMtu: number | undefined, prefix: number, carriesIpv6: boolean): number {
  const overhead = IPV6_HEADER_BYTES + UDP_HEADER_BYTES + MESSAGE_OVERHEAD_BYTES + prefix;
  const fitting = Math.min((pathMtu ?? ASSUMED_PATH_MTU) - overhead, largestMtu(prefix));
  return Math.max(fitting, carriesIpv6 ? IPV6_MINIMUM_MTU : IPV4_MINIMUM_MTU);
}
