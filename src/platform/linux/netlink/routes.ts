/** Routes: `rtmsg` and its attributes. */
import { formatAddress, formatPrefix } from '../../../protocol/address-text.ts';
import type { Prefix } from '../../../protocol/engine-port.ts';
import { AF_INET, AF_INET6 } from '../socket.ts';
import { RT_SCOPE, RT_TABLE, RTA, RTM, RTN_UNICAST, RTPROT_BOOT } from './constants.ts';
import type { Attribute, NetlinkMessage } from './message.ts';
import { attribute, decodeAttributes, fixedPart, readUint32 } from './message.ts';
import type { NetlinkRequest } from './netlink-socket.ts';

export interface Route {
  readonly prefix: Prefix;
  readonly interfaceIndex: number;
  /** Default: the main table. */
  readonly table?: number;
  /** Lower is preferred; default: the kernel's choice. */
  readonly metric?: number;
  /** Next hop; without it the destination is taken to be on the link. */
  readonly gateway?: Uint8Array;
}

/**
 *     0 family, 1 destination length, 2 source length, 3 tos, 4 table, 5 protocol, 6 scope, 7 type,
 *     all u8; 8 flags u32
 */
const RTMSG = { family: 0, destinationLength: 1, table: 4, protocol: 5, scope: 6, type: 7, bytes: 12 } as const;

/** Tables beyond 255 do not fit the structure and go into an attribute alone. */
export function shortTable(table: number): number {
  return table < 256 ? table : RT_TABLE.UNSPECIFIED;
}

function rtmsg(route: Route, table: number): Uint8Array {
  const v4 = route.prefix.address.length === 4;
  const fixed = new Uint8Array(RTMSG.bytes);
  fixed[RTMSG.family] = v4 ? AF_INET : AF_INET6;
  fixed[RTMSG.destinationLength] = route.prefix.length;
  fixed[RTMSG.table] = shortTable(table);
  fixed[RTMSG.protocol] = RTPROT_BOOT;
  fixed[RTMSG.scope] = v4 && route.gateway === undefined ? RT_SCOPE.LINK : RT_SCOPE.UNIVERSE;
  fixed[RTMSG.type] = RTN_UNICAST;
  return fixed;
}

/** Adds (RTM.NEWROUTE) or removes (RTM.DELROUTE) a route. */
export function routeRequest(type: typeof RTM.NEWROUTE | typeof RTM.DELROUTE, route: Route): NetlinkRequest {
  const table = route.table ?? RT_TABLE.MAIN;
  const attributes: Attribute[] = [
    attribute.bytes(RTA.DST, route.prefix.address),
    attribute.u32(RTA.OIF, route.interfaceIndex),
    attribute.u32(RTA.TABLE, table),
  ];
  if (route.metric !== undefined) attributes.push(attribute.u32(RTA.PRIORITY, route.metric));
  if (route.gateway !== undefined) attributes.push(attribute.bytes(RTA.GATEWAY, route.gateway));
  const verb = type === RTM.NEWROUTE ? 'add' : 'remove';
  const attempt = `${verb} route ${formatPrefix(route.prefix)} via interface ${route.interfaceIndex} in table ${table}`;
  return { type, fixed: rtmsg(route, table), attributes, attempt };
}

export function routeListRequest(family: 4 | 6, table: number): NetlinkRequest {
  const fixed = new Uint8Array(RTMSG.bytes);
  fixed[RTMSG.family] = family === 4 ? AF_INET : AF_INET6;
  fixed[RTMSG.table] = shortTable(table);
  const attributes = [attribute.u32(RTA.TABLE, table)];
  return { type: RTM.GETROUTE, fixed, attributes, attempt: `list IPv${family} routes of table ${table}` };
}

/** Which way the kernel would send to one address. */
export interface ChosenRoute {
  readonly interfaceIndex: number;
  readonly gateway: Uint8Array | undefined;
  /** The address that it would send from. */
  readonly source: Uint8Array | undefined;
}

/**
 * @param address 4 or 16 bytes
 * @param mark of the packet; 0 = none
 * @param scopeId interface of a link-local address, 0 for others
 */
export function routeLookupRequest(address: Uint8Array, mark: number, scopeId: number): NetlinkRequest {
  const fixed = new Uint8Array(RTMSG.bytes);
  fixed[RTMSG.family] = address.length === 4 ? AF_INET : AF_INET6;
  fixed[RTMSG.destinationLength] = address.length * 8;
  const attributes = [attribute.bytes(RTA.DST, address)];
  if (mark !== 0) attributes.push(attribute.u32(RTA.MARK, mark));
  if (scopeId !== 0) attributes.push(attribute.u32(RTA.OIF, scopeId));
  return { type: RTM.GETROUTE, fixed, attributes, attempt: `find the route to ${formatAddress(address)}` };
}

export function decodeChosenRoute({ payload }: NetlinkMessage): ChosenRoute {
  const attributes = decodeAttributes(payload, RTMSG.bytes);
  return {
    interfaceIndex: readUint32(attributes.get(RTA.OIF)) ?? 0,
    gateway: attributes.get(RTA.GATEWAY),
    source: attributes.get(RTA.PREFSRC),
  };
}

/** A route as the kernel lists it. */
export type ListedRoute = Required<Pick<Route, 'prefix' | 'interfaceIndex' | 'table'>> &
  Pick<Route, 'metric' | 'gateway'>;

export function decodeRoute(message: NetlinkMessage): ListedRoute {
  const fixed = fixedPart(message, RTMSG.bytes);
  const attributes = decodeAttributes(message.payload, RTMSG.bytes);
  const addressBytes = fixed.getUint8(RTMSG.family) === AF_INET ? 4 : 16;
  const address = attributes.get(RTA.DST) ?? new Uint8Array(addressBytes);
  const metric = readUint32(attributes.get(RTA.PRIORITY));
  const gateway = attributes.get(RTA.GATEWAY);
  return {
    prefix: { address, length: fixed.getUint8(RTMSG.destinationLength) },
    interfaceIndex: readUint32(attributes.get(RTA.OIF)) ?? 0,
    table: readUint32(attributes.get(RTA.TABLE)) ?? fixed.getUint8(RTMSG.table),
    ...(metric === undefined ? {} : { metric }),
    ...(gateway === undefined ? {} : { gateway }),
  };
}
