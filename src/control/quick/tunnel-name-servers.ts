/** The name servers of one tunnel, while it is up: recorded where they would outlive it. */
import { isDeepStrictEqual } from 'node:util';
import type { EffectJournal, ResolvconfEffect } from '../../device/lasting-effect.ts';
import {
  addResolvconfRecord,
  deleteResolvconfRecord,
  resolvconfRecord,
  revertResolved,
  tellResolved,
} from '../../platform/linux/name-servers.ts';
import type { NameServers } from '../config/tunnel-config.ts';

const NONE: NameServers = { servers: [], search: [] };

export interface TunnelNameServersOptions {
  /** Of the interface, which is there. */
  readonly name: string;
  readonly journal: EffectJournal;
  readonly onWarning: (warning: string) => void;
}

export class TunnelNameServers {
  readonly #options: TunnelNameServersOptions;
  #current: NameServers = NONE;
  #effect: ResolvconfEffect | undefined;
  #isResolvedTold = false;

  constructor(options: TunnelNameServersOptions) {
    this.#options = options;
  }

  /** @throws NameServerError where the one who keeps them refuses */
  use(wanted: NameServers): void {
    if (isDeepStrictEqual(wanted, this.#current)) return;
    if (wanted.servers.length > 0) this.#apply(wanted);
    else this.takeBack();
    if (wanted.servers.length === 0 && wanted.search.length > 0)
      this.#options.onWarning('DNS has domains but no address of a name server, and so no effect');
    this.#current = wanted;
  }

  /** Idempotent. @throws NameServerError */
  takeBack(): void {
    this.#current = NONE;
    if (this.#isResolvedTold) revertResolved(this.#options.name);
    this.#isResolvedTold = false;
    if (this.#effect === undefined) return;
    if (this.#options.journal.undo?.(this.#effect) !== true) deleteResolvconfRecord(this.#effect.record);
    this.#forget(this.#effect);
  }

  #apply(wanted: NameServers): void {
    const { name, onWarning } = this.#options;
    const effect = this.#effect ?? this.#record(resolvconfRecord(name));
    if (addResolvconfRecord(effect.record, wanted)) return;
    this.#forget(effect);
    this.#isResolvedTold = tellResolved(name, wanted);
    if (this.#isResolvedTold) return;
    onWarning(
      `the name servers ${wanted.servers.join(', ')} are not used: there is neither "resolvconf" nor "resolvectl"; ` +
        'install openresolv, resolvconf or systemd-resolved',
    );
  }

  #record(record: string): ResolvconfEffect {
    this.#effect = { kind: 'resolvconf', record };
    this.#options.journal.record(this.#effect);
    return this.#effect;
  }

  #forget(effect: ResolvconfEffect): void {
    this.#options.journal.forget(effect);
    this.#effect = undefined;
  }
}
