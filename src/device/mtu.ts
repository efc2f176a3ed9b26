/**
 * How large an inner packet may be, so that its datagram still fits the path.
 *
 * On the wire a transport message is S4 + 16 (header) + packet + 16 (tag), inside UDP (8) and IPv4 (20)
 * or IPv6 (40): packet + 60 + S4, or packet + 80 + S4.
 */
import type { Endpoint } from '../protocol/endpoint.ts';
import { MAX_RUN_BYTES } from '../transport/carrier.ts';
import { CARRIER_OVERHEAD } from '../transport/carrier-name.ts';
import type { NetworkControl } from './device-platform.ts';
import type { DevicePeer, DeviceSettings } from './device-settings.ts';
import { familyOf } from './routing-plan.ts';

const IPV6_HEADER_BYTES = 40;
const MESSAGE_OVERHEAD_BYTES = 32;

/** Assumed where the path to the peers says nothing: Ethernet. */
const ASSUMED_PATH_MTU = 1500;

/** IPv4 works on every link of this size (RFC 791). */
const IPV4_MINIMUM_MTU = 576;

/** A link that carries IPv6 has at least this (RFC 8200, section 5); Linux has no IPv6 on a smaller one. */
export const IPV6_MINIMUM_MTU = 1280;

/**
 * What fits the narrowest path that datagrams take to a peer. Streams have no largest datagram: a peer
 * that is reached by nothing else does not count.
 */
export function fittingMtu(
  settings: DeviceSettings,
  network: Pick<NetworkControl, 'pathMtu'>,
  tunnelIndex?: number,
): number {
  const inside = [...settings.addresses, ...settings.peers.flatMap((peer) => peer.allowedIps)];
  const carriesIpv6 = inside.some((prefix) => familyOf(prefix) === 6);
  return defaultMtu(
    narrowestPath(settings.peers, network, tunnelIndex),
    settings.profile.transport.prefix,
    carriesIpv6,
  );
}

function narrowestPath(
  peers: readonly DevicePeer[],
  network: Pick<NetworkControl, 'pathMtu'>,
  tunnelIndex: number | undefined,
): number | undefined {
  const paths = peers.flatMap(datagramEndpoints).map((endpoint) => network.pathMtu(endpoint, tunnelIndex));
  const known = paths.filter((mtu) => mtu !== undefined);
  return known.length === 0 ? undefined : known.reduce((narrowest, mtu) => Math.min(narrowest, mtu));
}

function datagramEndpoints({ endpoint, carriers = [] }: DevicePeer): Endpoint[] {
  const byUdp = carriers.filter(({ name }) => name === 'udp').map((carrier) => carrier.endpoint);
  return endpoint === undefined ? byUdp : [endpoint, ...byUdp];
}

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
  const overhead = IPV6_HEADER_BYTES + CARRIER_OVERHEAD.udp + MESSAGE_OVERHEAD_BYTES + prefix;
  const fitting = Math.min((pathMtu ?? ASSUMED_PATH_MTU) - overhead, largestMtu(prefix));
  return Math.max(fitting, carriesIpv6 ? IPV6_MINIMUM_MTU : IPV4_MINIMUM_MTU);
}
