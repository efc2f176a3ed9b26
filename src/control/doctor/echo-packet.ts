/**
 * A packet that asks for an answer, sent once there is a session: without data a peer has nothing to
 * say. Whoever has the address answers; if nobody does, the peer acknowledges it after a while.
 */
import { encodeEchoRequest, internetChecksum } from '../../platform/linux/icmp-echo.ts';
import type { Prefix } from '../../protocol/engine-port.ts';

const IDENTIFIER = 0xd0c;
const DATA_BYTES = 16;
const HOP_LIMIT = 64;
const ICMP = 1;
const ICMPV6 = 58;

/** From our first address to one of the peer's, of the same family; undefined where there is no such pair. */
export function echoPacket(
  addresses: readonly Prefix[],
  allowedIps: readonly Prefix[],
  sequence: number,
): Uint8Array | undefined {
  for (const { address } of addresses) {
    const target = targetIn(allowedIps, address);
    if (target === undefined) continue;
    return address.length === 4 ? packet4(address, target, sequence) : packet6(address, target, sequence);
  }
  return undefined;
}

/** A single address if the peer has one; else the first of the longest network, where routers usually are. */
function targetIn(allowedIps: readonly Prefix[], source: Uint8Array): Uint8Array | undefined {
  const candidates = allowedIps
    .filter(({ address, length }) => address.length === source.length && length > 0)
    .sort((a, b) => b.length - a.length);
  const [best] = candidates;
  // Through a default route our own network's first address is as good a guess as any.
  const target = Uint8Array.from(best?.address ?? source);
  if (best === undefined || best.length < target.length * 8) target[target.length - 1] = 1;
  return allowedIps.some(({ address }) => address.length === source.length) ? target : undefined;
}

function packet4(source: Uint8Array, target: Uint8Array, sequence: number): Uint8Array {
  const echo = encodeEchoRequest(4, { identifier: IDENTIFIER, sequence }, DATA_BYTES);
  const packet = new Uint8Array(20 + echo.length);
  const view = new DataView(packet.buffer);
  packet[0] = 0x45;
  view.setUint16(2, packet.length);
  packet[8] = HOP_LIMIT;
  packet[9] = ICMP;
  packet.set(source, 12);
  packet.set(target, 16);
  view.setUint16(10, internetChecksum(packet.subarray(0, 20)));
  packet.set(echo, 20);
  return packet;
}

function packet6(source: Uint8Array, target: Uint8Array, sequence: number): Uint8Array {
  const echo = encodeEchoRequest(6, { identifier: IDENTIFIER, sequence }, DATA_BYTES);
  const packet = new Uint8Array(40 + echo.length);
  const view = new DataView(packet.buffer);
  packet[0] = 0x60;
  view.setUint16(4, echo.length);
  packet[6] = ICMPV6;
  packet[7] = HOP_LIMIT;
  packet.set(source, 8);
  packet.set(target, 24);
  packet.set(echo, 40);
  view.setUint16(42, checksum6(source, target, echo));
  return packet;
}

/** With the pseudo-header of RFC 8200, section 8.1. */
function checksum6(source: Uint8Array, target: Uint8Array, echo: Uint8Array): number {
  const covered = new Uint8Array(40 + echo.length);
  covered.set(source, 0);
  covered.set(target, 16);
  new DataView(covered.buffer).setUint32(32, echo.length);
  covered[39] = ICMPV6;
  covered.set(echo, 40);
  return internetChecksum(covered);
}
