/** Which routes the allowed IPs ask for (protocol facts 7.2, steps 8 and 9), decided before anything is changed. */
import { covers, formatPrefix } from '../protocol/address-text.ts';
import type { Prefix } from '../protocol/engine-port.ts';
import type { RouteTable } from './device-settings.ts';

export type AddressFamily = 4 | 6;

export interface RoutingPlan {
  /** Longest prefix first, as the original adds them. */
  readonly routes: readonly PlannedRoute[];
  /** Families whose default route goes into the tunnel by policy routing, with its own table. */
  readonly defaultFamilies: readonly AddressFamily[];
}

export interface PlannedRoute {
  readonly prefix: Prefix;
  readonly table: number;
}

/** The table that ordinary traffic looks into (RT_TABLE_MAIN). */
export const MAIN_TABLE = 254;

export function familyOf(prefix: Prefix): AddressFamily {
  return prefix.address.length === 4 ? 4 : 6;
}

/**
 * @param allowedIps of all peers, host bits clear
 * @param addresses of the interface; the kernel routes their networks by itself
 */
export function planRoutes(
  table: RouteTable,
  allowedIps: readonly Prefix[],
  addresses: readonly Prefix[],
): RoutingPlan {
  if (table === 'off') return { routes: [], defaultFamilies: [] };
  const wanted = longestFirst(allowedIps);
  if (table !== 'auto') return { routes: wanted.map((prefix) => ({ prefix, table })), defaultFamilies: [] };
  const networks = addresses.filter((address) => address.length < address.address.length * 8);
  const plain = wanted.filter((prefix) => prefix.length > 0 && !networks.some((network) => covers(network, prefix)));
  const defaults = wanted.filter((prefix) => prefix.length === 0);
  return { routes: plain.map((prefix) => ({ prefix, table: MAIN_TABLE })), defaultFamilies: defaults.map(familyOf) };
}

function longestFirst(prefixes: readonly Prefix[]): Prefix[] {
  const distinct = new Map(prefixes.map((prefix) => [formatPrefix(prefix), prefix]));
  return [...distinct.values()].sort((a, b) => b.length - a.length);
}
