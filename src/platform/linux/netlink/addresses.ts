/** Addresses of interfaces: `ifaddrmsg` and its attributes. */
import { formatPrefix } from '../../../protocol/address-text.ts';
import type { Prefix } from '../../../protocol/engine-port.ts';
import { AF_INET, AF_INET6 } from '../socket.ts';
import { IFA, IFA_F_NODAD, RTM } from './constants.ts';
import type { NetlinkMessage } from './message.ts';
import { attribute, decodeAttributes, fixedPart, uint32 } from './message.ts';
import type { NetlinkRequest } from './netlink-socket.ts';

/**
 *     0  family u8, 1 prefix length u8, 2 flags u8, 3 scope u8, 4 interface index u32
 */
const IFADDRMSG = { family: 0, prefixLength: 1, flags: 2, index: 4, bytes: 8 } as const;

function ifaddrmsg(index: number, family: number, prefixLength: number, flags: number): Uint8Array {
  const fixed = new Uint8Array(IFADDRMSG.bytes);
  fixed[IFADDRMSG.family] = family;
  fixed[IFADDRMSG.prefixLength] = prefixLength;
  fixed[IFADDRMSG.flags] = flags;
  fixed.set(uint32(index), IFADDRMSG.index);
  return fixed;
}

/** Adds (RTM.NEWADDR) or removes (RTM.DELADDR) an address, which keeps its host bits. */
export function addressRequest(
  type: typeof RTM.NEWADDR | typeof RTM.DELADDR,
  index: number,
  prefix: Prefix,
): NetlinkRequest {
  const v6 = prefix.address.length === 16;
  // Duplicate detection would keep the address tentative for a second, and a tunnel has no neighbours.
  const fixed = ifaddrmsg(index, v6 ? AF_INET6 : AF_INET, prefix.length, v6 ? IFA_F_NODAD : 0);
  const attributes = [attribute.bytes(IFA.LOCAL, prefix.address), attribute.bytes(IFA.ADDRESS, prefix.address)];
  const verb = type === RTM.NEWADDR ? 'add address' : 'remove address';
  const preposition = type === RTM.NEWADDR ? 'to' : 'from';
  return { type, fixed, attributes, attempt: `${verb} ${formatPrefix(prefix)} ${preposition} interface ${index}` };
}

export function addressListRequest(index: number): NetlinkRequest {
  const fixed = ifaddrmsg(index, 0, 0, 0);
  return { type: RTM.GETADDR, fixed, attributes: [], attempt: `list addresses of interface ${index}` };
}

export interface InterfaceAddress {
  readonly interfaceIndex: number;
  readonly prefix: Prefix;
}

export function decodeAddress(message: NetlinkMessage): InterfaceAddress {
  const attributes = decodeAttributes(message.payload, IFADDRMSG.bytes);
  const address = attributes.get(IFA.LOCAL) ?? attributes.get(IFA.ADDRESS) ?? new Uint8Array(4);
  const fixed = fixedPart(message, IFADDRMSG.bytes);
  const interfaceIndex = fixed.getUint32(IFADDRMSG.index, true);
  return { interfaceIndex, prefix: { address, length: fixed.getUint8(IFADDRMSG.prefixLength) } };
}
