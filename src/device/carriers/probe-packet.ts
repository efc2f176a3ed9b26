/**
 * The question inside the tunnel: an IP packet with an echo request (RFC 792, RFC 4443), complete with
 * checksums, since no network stack will fill them in.
 */
import type { EchoMark } from '../../platform/linux/icmp-echo.ts';
import { encodeEchoRequest, internetChecksum } from '../../platform/linux/icmp-echo.ts';
import type { ProbeTarget } from './probe-target.ts';

/** Carries no information, only makes probes as large as a common ping. */
const DATA_BYTES = 32;
/** The peer's own system answers or says "time exceeded"; nobody behind it is troubled. */
const HOP_LIMIT = 1;

/**
 * RFC 791, 3.1:
 *     0  version and header words, 2 total length u16, 6 flags u16, 8 time to live, 9 protocol,
 *     10 header checksum u16, 12 source, 16 destination
 */
const IPV4 = { length: 2, flags: 6, hopLimit: 8, protocol: 9, checksum: 10, source: 12, destination: 16, bytes: 20 };
const IPV4_VERSION_AND_WORDS = 0x45;
const DONT_FRAGMENT = 0x4000;
const PROTOCOL_ICMP = 1;

/** RFC 8200, 3: 0 version, 4 payload length u16, 6 next header, 7 hop limit, 8 source, 24 destination */
const IPV6 = { length: 4, nextHeader: 6, hopLimit: 7, source: 8, destination: 24, bytes: 40 };
const IPV6_VERSION = 0x60;
const NEXT_HEADER_ICMPV6 = 58;

const ECHO_CHECKSUM = 2;

export function buildProbe(target: ProbeTarget, mark: EchoMark): Uint8Array {
  return target.source.length === 4 ? buildIpv4(target, mark) : buildIpv6(target, mark);
}

function buildIpv4({ source, destination }: ProbeTarget, mark: EchoMark): Uint8Array {
  const echo = encodeEchoRequest(4, mark, DATA_BYTES);
  const packet = new Uint8Array(IPV4.bytes + echo.length);
  const view = new DataView(packet.buffer);
  packet[0] = IPV4_VERSION_AND_WORDS;
  view.setUint16(IPV4.length, packet.length);
  view.setUint16(IPV4.flags, DONT_FRAGMENT);
  packet[IPV4.hopLimit] = HOP_LIMIT;
  packet[IPV4.protocol] = PROTOCOL_ICMP;
  packet.set(source, IPV4.source);
  packet.set(destination, IPV4.destination);
  view.setUint16(IPV4.checksum, internetChecksum(packet.subarray(0, IPV4.bytes)));
  packet.set(echo, IPV4.bytes);
  return packet;
}

function buildIpv6({ source, destination }: ProbeTarget, mark: EchoMark): Uint8Array {
  const echo = encodeEchoRequest(6, mark, DATA_BYTES);
  const packet = new Uint8Array(IPV6.bytes + echo.length);
  const view = new DataView(packet.buffer);
  packet[0] = IPV6_VERSION;
  view.setUint16(IPV6.length, echo.length);
  packet[IPV6.nextHeader] = NEXT_HEADER_ICMPV6;
  packet[IPV6.hopLimit] = HOP_LIMIT;
  packet.set(source, IPV6.source);
  packet.set(destination, IPV6.destination);
  packet.set(echo, IPV6.bytes);
  view.setUint16(IPV6.bytes + ECHO_CHECKSUM, checksumIcmpv6(packet, echo));
  return packet;
}

/** Over the pseudo-header too (RFC 8200, 8.1): both addresses, the length, the next header. */
function checksumIcmpv6(packet: Uint8Array, echo: Uint8Array): number {
  const addresses = packet.subarray(IPV6.source, IPV6.bytes);
  const covered = new Uint8Array(addresses.length + 8 + echo.length);
  const view = new DataView(covered.buffer);
  covered.set(addresses);
  view.setUint32(addresses.length, echo.length);
  view.setUint32(addresses.length + 4, NEXT_HEADER_ICMPV6);
  covered.set(echo, addresses.length + 8);
  return internetChecksum(covered);
}
