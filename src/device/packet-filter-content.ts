/**
 * What is in the table of a tunnel in the packet filter, as facts from which its rules are made: somebody
 * else can be asked to write them without being told a rule.
 */
import type { NftChain } from '../platform/linux/nft.ts';
import type { Prefix } from '../protocol/engine-port.ts';
import type { FilterControl } from './filter-table.ts';
import { filterTableOf } from './filter-table.ts';
import { masqueradeChains } from './masquerade.ts';
import type { AddressFamily } from './routing-plan.ts';
import { guardChains } from './spoof-guard.ts';

export interface FilterContent {
  /** That are masqueraded. */
  readonly networks: readonly Prefix[];
  /** Of the interface. */
  readonly addresses: readonly Prefix[];
  /** Whose default route leads into the tunnel. */
  readonly defaultFamilies: readonly AddressFamily[];
  /** Of our own datagrams. */
  readonly mark: number;
}

export function filterChains(interfaceName: string, { networks, ...guarded }: FilterContent): NftChain[] {
  const fixed = networks.length === 0 ? [] : masqueradeChains(interfaceName, networks);
  return [...fixed, ...guardChains({ interfaceName, ...guarded })];
}

/** In place of what was there before; without chains there is no table. @throws NftError */
export function writeFilter(interfaceName: string, content: FilterContent, control: FilterControl): void {
  const table = filterTableOf(interfaceName);
  const chains = filterChains(interfaceName, content);
  if (chains.length === 0) control.deleteFilterTable(table);
  else control.replaceFilterTable(table, chains);
}
