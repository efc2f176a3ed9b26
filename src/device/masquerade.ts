/**
 * Being the way out for peers: what comes from the tunnel's networks and leaves by another interface
 * takes the address of that one, as behind any home router.
 */
import type { ListedChain, NftChain } from '../platform/linux/nft.ts';
import { nftText } from '../platform/linux/nft.ts';
import { formatPrefix, maskPrefix } from '../protocol/address-text.ts';
import type { Prefix } from '../protocol/engine-port.ts';
import { isFilterTable, MASQUERADE_CHAIN } from './filter-table.ts';
import { familyOf } from './routing-plan.ts';

/** The networks that the addresses of an interface lie in. A single address is none. */
export function tunnelNetworks(addresses: readonly Prefix[]): Prefix[] {
  return addresses.filter(({ address, length }) => length < address.length * 8).map(maskPrefix);
}

/**
 * Segments of TCP are told to fit the narrower of the two ways (`rt mtu`), as messages that say so get
 * lost on many paths. The rules that accept also count: `nft list table inet awg-vpn-wg0` shows them.
 *
 * @param networks not empty
 */
export function masqueradeChains(interfaceName: string, networks: readonly Prefix[]): NftChain[] {
  const name = nftText(interfaceName);
  const sources = networks.map((network) => `${familyOf(network) === 4 ? 'ip' : 'ip6'} saddr ${formatPrefix(network)}`);
  const clamp = 'tcp flags & (syn | rst) == syn tcp option maxseg size set rt mtu';
  return [
    {
      name: MASQUERADE_CHAIN,
      hook: 'type nat hook postrouting priority 100',
      rules: sources.map((source) => `${source} oifname != ${name} counter masquerade`),
    },
    {
      name: 'forwarding',
      hook: 'type filter hook forward priority 0',
      rules: [
        `iifname ${name} ${clamp}`,
        `oifname ${name} ${clamp}`,
        `iifname ${name} counter accept`,
        `oifname ${name} counter accept`,
      ],
    },
  ];
}

/**
 * A packet passes only when every table lets it. Sentences about chains that may not.
 *
 * @param chains of all tables
 */
export function strangersThatDrop(chains: readonly ListedChain[]): string[] {
  const strict = chains.filter(
    ({ family, table, hook, policy }) =>
      hook === 'forward' && policy === 'drop' && ['inet', 'ip', 'ip6'].includes(family) && !isFilterTable(table),
  );
  return strict.map(
    ({ family, table, name }) =>
      `the chain "${name}" of the table "${family} ${table}" drops forwarded packets that it does not accept itself, ` +
      'whatever our table says: it needs rules for the tunnel, see docs/server.md',
  );
}
