/** Interfaces: `ifinfomsg` and its attributes. */
import { IFF_UP, IFLA, IFLA_INFO, RTM, VETH_INFO_PEER } from './constants.ts';
import type { Attribute, NetlinkMessage } from './message.ts';
import { attribute, decodeAttributes, fixedPart, readText, readUint32, viewOf } from './message.ts';
import type { NetlinkRequest } from './netlink-socket.ts';

export interface LinkDetails {
  readonly index: number;
  readonly name: string;
  readonly mtu: number;
  readonly up: boolean;
  /** `tun`, `veth`, ... undefined for hardware and the loopback. */
  readonly kind: string | undefined;
  /** Hardware address; empty where there is none. */
  readonly hardwareAddress: Uint8Array;
}

export interface LinkChange {
  readonly mtu?: number;
  readonly up?: boolean;
  /** A new name; the interface must be down on older kernels. */
  readonly name?: string;
  /** Moves it to the network namespace of a process, */
  readonly namespacePid?: number;
  /** or to the one that a descriptor stands for. */
  readonly namespaceDescriptor?: number;
}

/**
 *     0  family u8, 2 type u16, 4 index i32, 8 flags u32, 12 mask of the flags to change u32
 */
const IFINFOMSG = { index: 4, flags: 8, change: 12, bytes: 16 } as const;

function ifinfomsg(index: number, up?: boolean): Uint8Array {
  const fixed = new Uint8Array(IFINFOMSG.bytes);
  const view = viewOf(fixed);
  view.setInt32(IFINFOMSG.index, index, true);
  if (up !== undefined) {
    view.setUint32(IFINFOMSG.flags, up ? IFF_UP : 0, true);
    view.setUint32(IFINFOMSG.change, IFF_UP, true);
  }
  return fixed;
}

export function linkByNameRequest(name: string): NetlinkRequest {
  const attributes = [attribute.text(IFLA.IFNAME, name)];
  return { type: RTM.GETLINK, fixed: ifinfomsg(0), attributes, attempt: `find interface "${name}"` };
}

export function linkByIndexRequest(index: number): NetlinkRequest {
  return { type: RTM.GETLINK, fixed: ifinfomsg(index), attributes: [], attempt: `find interface ${index}` };
}

export function linkListRequest(): NetlinkRequest {
  return { type: RTM.GETLINK, fixed: ifinfomsg(0), attributes: [], attempt: 'list interfaces' };
}

export function linkChangeRequest(index: number, change: LinkChange): NetlinkRequest {
  const attributes: Attribute[] = [];
  if (change.mtu !== undefined) attributes.push(attribute.u32(IFLA.MTU, change.mtu));
  if (change.name !== undefined) attributes.push(attribute.text(IFLA.IFNAME, change.name));
  attributes.push(...namespaceAttributes(change));
  const attempt = `change interface ${index} (${describe(change)})`;
  return { type: RTM.NEWLINK, fixed: ifinfomsg(index, change.up), attributes, attempt };
}

function namespaceAttributes(change: LinkChange): Attribute[] {
  const attributes: Attribute[] = [];
  if (change.namespacePid !== undefined) attributes.push(attribute.u32(IFLA.NET_NS_PID, change.namespacePid));
  if (change.namespaceDescriptor !== undefined) {
    attributes.push(attribute.u32(IFLA.NET_NS_FD, change.namespaceDescriptor));
  }
  return attributes;
}

function describe(change: LinkChange): string {
  return Object.entries(change)
    .map(([key, value]) => `${key} ${value}`)
    .join(', ');
}

/** @param peer where the other end begins its life: a name and, optionally, a namespace */
export function vethRequest(name: string, peerName: string, peer: LinkChange): NetlinkRequest {
  const peerAttributes = [attribute.text(IFLA.IFNAME, peerName), ...namespaceAttributes(peer)];
  const attributes = [
    attribute.text(IFLA.IFNAME, name),
    attribute.nested(IFLA.LINKINFO, [
      attribute.text(IFLA_INFO.KIND, 'veth'),
      attribute.nested(IFLA_INFO.DATA, [attribute.nested(VETH_INFO_PEER, peerAttributes, ifinfomsg(0))]),
    ]),
  ];
  return {
    type: RTM.NEWLINK,
    fixed: ifinfomsg(0),
    attributes,
    attempt: `create the veth pair "${name}" and "${peerName}"`,
  };
}

export function linkDeletionRequest(index: number): NetlinkRequest {
  return { type: RTM.DELLINK, fixed: ifinfomsg(index), attributes: [], attempt: `delete interface ${index}` };
}

export function decodeLink(message: NetlinkMessage): LinkDetails {
  const view = fixedPart(message, IFINFOMSG.bytes);
  const attributes = decodeAttributes(message.payload, IFINFOMSG.bytes);
  const info = attributes.get(IFLA.LINKINFO);
  return {
    index: view.getInt32(IFINFOMSG.index, true),
    name: readText(attributes.get(IFLA.IFNAME)) ?? '',
    mtu: readUint32(attributes.get(IFLA.MTU)) ?? 0,
    up: (view.getUint32(IFINFOMSG.flags, true) & IFF_UP) !== 0,
    kind: info && readText(decodeAttributes(info).get(IFLA_INFO.KIND)),
    hardwareAddress: attributes.get(IFLA.ADDRESS) ?? new Uint8Array(),
  };
}
