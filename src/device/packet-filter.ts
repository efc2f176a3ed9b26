/**
 * What a tunnel adds to the packet filter: one table of its own with the chains of all features,
 * written in one transaction and recorded by its name alone.
 */
import { isDeepStrictEqual } from 'node:util';
import type { NftChain } from '../platform/linux/nft.ts';
import { NftError } from '../platform/linux/nft.ts';
import type { Prefix } from '../protocol/engine-port.ts';
import { filterTableOf } from './filter-table.ts';
import { enableForwarding } from './forwarding.ts';
import type { EffectJournal, UndoControl } from './lasting-effect.ts';
import { recordWithUndo } from './lasting-effect.ts';
import type { NetworkPlan } from './live/device-network.ts';
import { strangersThatDrop, tunnelNetworks } from './masquerade.ts';
import type { FilterContent } from './packet-filter-content.ts';
import { filterChains, writeFilter } from './packet-filter-content.ts';
import { familyOf } from './routing-plan.ts';
import type { UndoStack } from './undo-stack.ts';

export interface FilterParts {
  readonly interfaceName: string;
  readonly control: UndoControl;
  readonly journal: EffectJournal;
  readonly undo: UndoStack;
  readonly warn: (sentence: string) => void;
}

/** The part of a plan that concerns the packet filter. */
export type FilteredPlan = Pick<NetworkPlan, 'addresses' | 'defaultFamilies' | 'table'>;

export class PacketFilter {
  readonly #parts: FilterParts;
  /** That are masqueraded; they stay as they are while the tunnel is up. */
  #networks: readonly Prefix[] = [];
  #installed: readonly NftChain[] = [];
  #isRecorded = false;
  /** There is no packet filter that we could use, and that has been said. */
  #isMissing = false;

  constructor(parts: FilterParts) {
    this.#parts = parts;
  }

  /** @throws NftError where masquerading was asked for; what was done until then is on the undo stack */
  setUp(plan: FilteredPlan, masquerade: boolean): void {
    const networks = masquerade ? tunnelNetworks(plan.addresses) : [];
    this.#enableForwarding(networks);
    this.#networks = networks;
    try {
      this.follow(plan);
    } catch (error) {
      if (networks.length > 0 || !(error instanceof NftError)) throw error;
      this.#isMissing = true;
      this.#parts.warn(`${error.message}; other machines of a local network can reach the addresses of the tunnel`);
    }
    if (networks.length === 0) return;
    for (const warning of strangersThatDrop(this.#parts.control.listFilterChains())) this.#parts.warn(warning);
  }

  /** Addresses or the default route are others now. @throws NftError, and then nothing has changed */
  follow({ addresses, defaultFamilies, table: mark }: FilteredPlan): void {
    const content = { networks: this.#networks, addresses, defaultFamilies, mark };
    const chains = filterChains(this.#parts.interfaceName, content);
    if (this.#isMissing || isDeepStrictEqual(chains, this.#installed)) return;
    this.#install(content);
    this.#installed = chains;
  }

  /** All chains of this tunnel, in place of those before. */
  #install(content: FilterContent): void {
    const { interfaceName, control, journal, undo } = this.#parts;
    const table = filterTableOf(interfaceName);
    if (!this.#isRecorded) recordWithUndo({ kind: 'nft-table', table }, control, journal, undo);
    this.#isRecorded = true;
    if (journal.writeFilter?.(content) !== true) writeFilter(interfaceName, content, control);
  }

  /** Before the table: when undoing, the switch asks whether any tunnel still masquerades. */
  #enableForwarding(networks: readonly Prefix[]): void {
    const { control, journal, undo, warn } = this.#parts;
    for (const family of new Set(networks.map(familyOf))) {
      const warning = enableForwarding(family, (path, previous) =>
        recordWithUndo({ kind: 'setting', path, previous, sharedBy: 'masquerade' }, control, journal, undo),
      );
      if (warning !== undefined) warn(warning);
    }
  }
}
