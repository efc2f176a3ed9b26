/**
 * What a tunnel adds to the packet filter: one table of its own with the chains of all features,
 * written in one transaction and recorded by its name alone.
 */
import type { NftChain } from '../platform/linux/nft.ts';
import { listChains, replaceTable } from '../platform/linux/nft.ts';
import type { Prefix } from '../protocol/engine-port.ts';
import { filterTableOf } from './filter-table.ts';
import { enableForwarding } from './forwarding.ts';
import type { EffectJournal, RuleControl } from './lasting-effect.ts';
import { recordWithUndo } from './lasting-effect.ts';
import { masqueradeChains, strangersThatDrop, tunnelNetworks } from './masquerade.ts';
import { familyOf } from './routing-plan.ts';
import type { UndoStack } from './undo-stack.ts';

export interface FilterParts {
  readonly interfaceName: string;
  readonly rules: RuleControl;
  readonly journal: EffectJournal;
  readonly undo: UndoStack;
  readonly warn: (sentence: string) => void;
}

export interface FilterWishes {
  /** Of the interface, of families that this machine has. */
  readonly addresses: readonly Prefix[];
  readonly masquerade: boolean;
}

/** @throws NftError; what was done until then is on the undo stack */
export function setUpPacketFilter({ addresses, masquerade }: FilterWishes, parts: FilterParts): void {
  const networks = masquerade ? tunnelNetworks(addresses) : [];
  // Before the table: when undoing, the switch asks whether any tunnel still masquerades.
  for (const family of new Set(networks.map(familyOf))) {
    const warning = enableForwarding(family, (path, previous) => recordSetting(path, previous, parts));
    if (warning !== undefined) parts.warn(warning);
  }
  const chains = networks.length === 0 ? [] : masqueradeChains(parts.interfaceName, networks);
  if (chains.length === 0) return;
  installChains(chains, parts);
  if (networks.length > 0) for (const warning of strangersThatDrop(listChains())) parts.warn(warning);
}

/** All chains of this tunnel: a second call would replace them. */
function installChains(chains: readonly NftChain[], { interfaceName, rules, journal, undo }: FilterParts): void {
  const table = filterTableOf(interfaceName);
  recordWithUndo({ kind: 'nft-table', table }, rules, journal, undo);
  replaceTable(table, chains);
}

function recordSetting(path: string, previous: string, { rules, journal, undo }: FilterParts): void {
  recordWithUndo({ kind: 'setting', path, previous, sharedBy: 'masquerade' }, rules, journal, undo);
}
