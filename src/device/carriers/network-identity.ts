/**
 * Which network we are in, as far as it matters to carriers: the router that everything passes. Known
 * by its hardware address, which, unlike 192.168.1.1, no other network has; where there is no router,
 * by the subnet of the interface.
 */
import { readFileSync } from 'node:fs';
import type { RouteNetlink } from '../../platform/linux/netlink/route-netlink.ts';
import type { ListedRoute } from '../../platform/linux/netlink/routes.ts';
import { formatAddress, formatPrefix, maskPrefix } from '../../protocol/address-text.ts';

const NEIGHBOURS = '/proc/net/arp';
const INCOMPLETE = '00:00:00:00:00:00';

/** The part of the system's routing that tells. */
export type NetworkView = Pick<RouteNetlink, 'listRoutes' | 'listAddresses'>;

/**
 * @param ownInterface index of the tunnel's interface, whose routes do not count
 * @returns undefined where it cannot be told at the moment, which is not the same as another network
 */
export function networkIdentity(
  network: NetworkView,
  ownInterface: number,
  neighbours: () => string = () => readFileSync(NEIGHBOURS, 'latin1'),
): string | undefined {
  try {
    const route = defaultRoute(network.listRoutes(), ownInterface);
    if (route === undefined) return undefined;
    if (route.gateway === undefined) return subnetIdentity(network, route.interfaceIndex);
    const gateway = formatAddress(route.gateway);
    if (route.gateway.length === 16) return `${gateway} ${subnetIdentity(network, route.interfaceIndex) ?? ''}`;
    const hardware = hardwareAddress(neighbours(), gateway);
    return hardware === undefined ? undefined : `${gateway} ${hardware}`;
  } catch {
    return undefined;
  }
}

function defaultRoute(routes: readonly ListedRoute[], ownInterface: number): ListedRoute | undefined {
  const candidates = routes.filter(
    ({ prefix, interfaceIndex }) => prefix.length === 0 && interfaceIndex !== ownInterface,
  );
  return candidates.sort(
    (a, b) => a.prefix.address.length - b.prefix.address.length || (a.metric ?? 0) - (b.metric ?? 0),
  )[0];
}

function subnetIdentity(network: NetworkView, interfaceIndex: number): string | undefined {
  const prefixes = network.listAddresses(interfaceIndex).map((prefix) => formatPrefix(maskPrefix(prefix)));
  return prefixes.length === 0 ? undefined : prefixes.sort().join(' ');
}

/** Columns of /proc/net/arp: address, hardware type, flags, hardware address, mask, device. */
function hardwareAddress(neighbours: string, gateway: string): string | undefined {
  for (const line of neighbours.split('\n')) {
    const [address, , , hardware] = line.split(/\s+/);
    if (address === gateway && hardware !== undefined && hardware !== INCOMPLETE) return hardware;
  }
  return undefined;
}
