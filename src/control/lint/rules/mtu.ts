/**
 * Whether a full packet still fits the path once it is wrapped:
 *
 *     packet (MTU) | 16 header + 16 tag | S4 | UDP or what the carrier has instead | IP
 *
 * ContentPaddingAddition and RandomTrailers do not count: both ends of the range are cut so that a
 * padded packet is no longer than a full one, and trailers stay below 500 bytes (protocol facts 3.5).
 */
import { IPV6_MINIMUM_MTU } from '../../../device/mtu.ts';
import { parseAddress } from '../../../protocol/address-text.ts';
import { TRANSPORT_MINIMUM_BYTES } from '../../../protocol/constants.ts';
import { carrierOverhead } from '../carrier-overhead.ts';
import type { LintSubject, UnplacedFinding } from '../lint-subject.ts';
import { finding, lineOf } from '../lint-subject.ts';

/** What awg-quick leaves for everything around a packet, S4 or not. */
const AWG_QUICK_OVERHEAD = 80;

/** IPv4 only where every endpoint is an IPv4 address; a peer may roam, a name may change. */
function overheadOf({ peers, config, carrier }: LintSubject): number {
  const hosts = peers.flatMap(({ entry }) => entry.endpoint?.host ?? []);
  const isIpv4 = hosts.length > 0 && hosts.every((host) => parseAddress(host)?.length === 4);
  return TRANSPORT_MINIMUM_BYTES + config.profile.transport.prefix + carrierOverhead(carrier, isIpv4 ? 4 : 6);
}

function sum(subject: LintSubject, mtu: number): string {
  const prefix = subject.config.profile.transport.prefix;
  const around = overheadOf(subject) - TRANSPORT_MINIMUM_BYTES - prefix;
  const parts = [mtu, TRANSPORT_MINIMUM_BYTES, ...(prefix === 0 ? [] : [`S4 ${prefix}`]), around];
  return `${parts.join(' + ')} = ${mtu + overheadOf(subject)}`;
}

export function checkMtu(subject: LintSubject): UnplacedFinding[] {
  const { config, device, pathMtu, carrier } = subject;
  const { mtu } = config;
  const fitting = pathMtu - overheadOf(subject);
  if (mtu === undefined || mtu <= fitting) return [];
  const place = [lineOf(device, 'MTU'), 'MTU'] as const;
  const fix = `MTU = ${fitting}${carrier === 'udp' ? ', or remove the line: awg-vpn works it out' : ''}`;
  if (carrier !== 'udp') {
    const text = `a full packet takes more than one segment of ${carrier} on a path of ${pathMtu} bytes (${sum(subject, mtu)}), which costs speed`;
    return [finding('info', 'mtu-splits', place, text, fix)];
  }
  const text = `a full packet makes a datagram that does not fit a path of ${pathMtu} bytes (${sum(subject, mtu)}): it travels in fragments, which some networks drop`;
  return [finding('warning', 'mtu-fragments', place, text, fix)];
}

/** Below 1280 there is no IPv6, so what does not fit then can only be cut. */
export function checkMtuForIpv6(subject: LintSubject): UnplacedFinding[] {
  const { config, device, peers, pathMtu } = subject;
  const prefixes = [...config.addresses, ...peers.flatMap(({ entry }) => entry.allowedIps)];
  if (!prefixes.some(({ address }) => address.length === 16)) return [];
  if (config.mtu !== undefined && config.mtu < IPV6_MINIMUM_MTU) {
    const text = `is below ${IPV6_MINIMUM_MTU}, so the system has no IPv6 on the interface`;
    const place = [lineOf(device, 'MTU'), 'MTU'] as const;
    return [finding('warning', 'mtu-below-ipv6', place, text, `MTU = ${IPV6_MINIMUM_MTU}, or leave IPv6 out`)];
  }
  if (pathMtu - overheadOf(subject) >= IPV6_MINIMUM_MTU) return [];
  const text = `leaves less than the ${IPV6_MINIMUM_MTU} bytes that IPv6 needs on a path of ${pathMtu} (${sum(subject, IPV6_MINIMUM_MTU)}): full packets travel in fragments`;
  const most = pathMtu - IPV6_MINIMUM_MTU - (overheadOf(subject) - config.profile.transport.prefix);
  const fix = most >= 0 ? `S4 = ${most} or less, at both ends` : 'leave IPv6 out of the tunnel';
  return [finding('warning', 'mtu-no-room-for-ipv6', [lineOf(device, 'S4'), 'S4'], text, fix)];
}

/** awg-quick and the clients of upstream do not count S4. */
export function checkMtuThere({ config, device, pathMtu }: LintSubject): UnplacedFinding[] {
  const { prefix } = config.profile.transport;
  if (prefix === 0) return [];
  const usual = pathMtu - AWG_QUICK_OVERHEAD;
  const text = `is not counted by awg-quick and upstream's clients, which take an MTU of ${usual}: what they send is ${prefix} bytes too long for the path`;
  const fix = `set MTU = ${usual - prefix} or less at the other end, unless that is awg-vpn`;
  return [finding('info', 'mtu-other-end', [lineOf(device, 'S4'), 'S4'], text, fix)];
}
