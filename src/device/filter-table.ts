/**
 * The table in the packet filter that belongs to a tunnel: its name, and which tunnels have one. All
 * features of a tunnel put their chains into the same table.
 */
import type { ListedChain, NftChain } from '../platform/linux/nft.ts';
import { NftError } from '../platform/linux/nft.ts';

/** The packet filter of this network namespace; each throws NftError. */
export interface FilterControl {
  /** Makes these the chains of a table of the family `inet`, whatever it had before, or nothing at all. */
  replaceFilterTable(table: string, chains: readonly NftChain[]): void;
  /** A table that is not there counts as deleted. */
  deleteFilterTable(table: string): void;
  /** Of all tables, also those of others. */
  listFilterChains(): readonly ListedChain[];
}

const PREFIX = 'awg-vpn-';

/** The chain that tells that a tunnel is the way out for others. */
export const MASQUERADE_CHAIN = 'masquerading';

/** `awg-vpn-wg0`. Names of interfaces may have characters that those of tables may not. */
export function filterTableOf(interfaceName: string): string {
  const plain = interfaceName.replaceAll(
    /[^A-Za-z0-9_.-]/gu,
    (character) => `/${Buffer.from(character).toString('hex')}`,
  );
  return `${PREFIX}${plain}`;
}

/** What a record may name: nothing that would be more than a name to nft, and no table of others. */
export function isFilterTable(text: string): boolean {
  return /^awg-vpn-[A-Za-z0-9_./-]{1,64}$/.test(text);
}

/** Whether any tunnel masquerades at this moment. Where there is no `nft`, none does. @throws NftError */
export function isMasqueradeRunning(filter: FilterControl): boolean {
  try {
    return filter.listFilterChains().some(({ table, name }) => isFilterTable(table) && name === MASQUERADE_CHAIN);
  } catch (error) {
    if (error instanceof NftError && error.code === 'missing-program') return false;
    throw error;
  }
}
