/**
 * What a default route into the tunnel asks of the packet filter, as wg-quick has it (protocol facts 7.2,
 * step 9). Nobody on another network may send to the addresses of the tunnel (CVE-2019-14899), and what
 * answers our own datagrams gets the mark that they had, so that the reverse path filter looks into the
 * same table for both.
 */
import type { NftChain } from '../platform/linux/nft.ts';
import { nftText } from '../platform/linux/nft.ts';
import { formatAddress } from '../protocol/address-text.ts';
import type { Prefix } from '../protocol/engine-port.ts';
import type { AddressFamily } from './routing-plan.ts';
import { familyOf } from './routing-plan.ts';

export interface GuardedTunnel {
  readonly interfaceName: string;
  /** Of the interface. */
  readonly addresses: readonly Prefix[];
  /** Whose default route leads into the tunnel. */
  readonly defaultFamilies: readonly AddressFamily[];
  /** Of our own datagrams. */
  readonly mark: number;
}

/** None where no default route leads into the tunnel. */
export function guardChains({ interfaceName, addresses, defaultFamilies, mark }: GuardedTunnel): NftChain[] {
  if (defaultFamilies.length === 0) return [];
  const own = addresses.filter((address) => defaultFamilies.includes(familyOf(address)));
  return [
    {
      name: 'guarding',
      hook: 'type filter hook prerouting priority -300',
      rules: own.map((address) => guardRule(interfaceName, address)),
    },
    {
      name: 'mark_keeping',
      hook: 'type filter hook postrouting priority -150',
      rules: defaultFamilies.map((family) => `${carriersOf(family)} meta mark ${mark} ct mark set meta mark`),
    },
    {
      name: 'mark_restoring',
      hook: 'type filter hook prerouting priority -150',
      // Only our mark: wg-quick takes every other mark away from whatever comes in by UDP.
      rules: defaultFamilies.map((family) => `${carriersOf(family)} ct mark ${mark} meta mark set ct mark`),
    },
  ];
}

function guardRule(interfaceName: string, address: Prefix): string {
  const target = `${familyOf(address) === 4 ? 'ip' : 'ip6'} daddr ${formatAddress(address.address)}`;
  return `iifname != ${nftText(interfaceName)} ${target} fib saddr type != local counter drop`;
}

/** What datagrams and streams travel by. */
function carriersOf(family: AddressFamily): string {
  return `meta nfproto ipv${family} meta l4proto { tcp, udp }`;
}
