/**
 * What a steward does. It keeps the rights that the daemon gave away, so every order is looked at as if
 * the daemon had fallen into the wrong hands: it reads one configuration with the files that it names,
 * keeps one record of lasting effects, undoes what is in that record, and writes and removes files whose
 * names it was given before.
 */
import { rmSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { replaceFile } from '../../device/carriers/replace-file.ts';
import { filterTableOf } from '../../device/filter-table.ts';
import type { LastingEffect } from '../../device/lasting-effect.ts';
import { undoEffect } from '../../device/lasting-effect.ts';
import { LinuxNetwork } from '../../device/linux-platform.ts';
import { writeFilter } from '../../device/packet-filter-content.ts';
import { readConfigFile } from '../config/file.ts';
import { parseConfig } from '../config/parse.ts';
import type { TextFile } from '../config/text-file.ts';
import { readTextFile } from '../config/text-file.ts';
import { MAX_PEM_BYTES } from '../config/tls-files.ts';
import type { TunnelConfig } from '../config/tunnel-config.ts';
import type { StateFile } from '../state/state-file.ts';
import { isNewEffect } from '../state/tunnel-state.ts';
import { filterContentOf } from './ordered-filter.ts';
import type { ConfigReading, StewardOrder, StewardSetup } from './steward-orders.ts';
import { MAX_MEMORY_TEXT } from './steward-orders.ts';

/** BOUNDED: what a reload adds to what set-up did is a pair of rules for each family, and a setting. */
const MAX_NEW_EFFECTS = 256;
const MAX_EFFECT_TEXT = 1024;

/** An order that no daemon of ours gives. */
export class StewardRefusal extends Error {
  override readonly name = 'StewardRefusal';
  readonly code = 'refused';
}

export class StewardDuties {
  readonly #setup: StewardSetup;
  readonly #state: StateFile;
  readonly #mostEffects: number;

  /** @param state of the tunnel that the daemon runs */
  constructor(setup: StewardSetup, state: StateFile) {
    this.#setup = setup;
    this.#state = state;
    this.#mostEffects = state.effects.length + MAX_NEW_EFFECTS;
  }

  /** @throws StewardRefusal, or what kept it from being done */
  async perform(order: StewardOrder): Promise<unknown> {
    switch (order.order) {
      case 'record':
        return this.#record(order.effect);
      case 'undo':
        return this.#undo(order.effect);
      case 'forget':
        return this.#state.forget(this.#known(order.effect));
      case 'write-filter':
        return this.#writeFilter(order.content);
      case 'release':
        return this.#state.release();
      case 'remove-sockets':
        return this.#removeSockets();
      case 'read-config':
        return readAll(this.#setup.configFile);
      case 'remember-carriers':
        return this.#rememberCarriers(order.text);
      default:
        throw new StewardRefusal('there is no such order');
    }
  }

  /** Only of the kinds whose undoing is as harmless as doing them, which the daemon may. */
  #record(effect: LastingEffect): void {
    if (!this.#isOurs(effect)) throw new StewardRefusal(`${JSON.stringify(effect)} is no effect that a daemon has`);
    if (this.#state.effects.length >= this.#mostEffects) throw new StewardRefusal('the record is full');
    this.#state.record(effect);
  }

  /** The packet filter is out of the daemon's reach, but for its own table. */
  #isOurs(effect: unknown): boolean {
    if (!isNewEffect(effect) || JSON.stringify(effect).length > MAX_EFFECT_TEXT) return false;
    // Name servers are settled before rights are given away.
    if (effect.kind === 'resolvconf') return false;
    return effect.kind !== 'nft-table' || effect.table === filterTableOf(this.#setup.name);
  }

  #undo(effect: LastingEffect): void {
    const known = this.#known(effect);
    const network = new LinuxNetwork();
    try {
      undoEffect(known, network);
    } finally {
      network.close();
    }
  }

  /** Its own table, with rules that are made here: the order has nothing but addresses and numbers. */
  #writeFilter(order: unknown): void {
    const content = filterContentOf(order);
    if (content === undefined) throw new StewardRefusal('that is nothing for the packet filter');
    const network = new LinuxNetwork();
    try {
      writeFilter(this.#setup.name, content, network);
    } finally {
      network.close();
    }
  }

  #known(effect: LastingEffect): LastingEffect {
    const known = this.#state.effects.find((each) => isDeepStrictEqual(each, effect));
    if (known === undefined) throw new StewardRefusal(`${JSON.stringify(effect)} is not in the record`);
    return known;
  }

  #removeSockets(): void {
    for (const path of this.#setup.sockets) rmSync(path, { force: true });
  }

  #rememberCarriers(text: string): void {
    const { carrierMemory } = this.#setup;
    if (carrierMemory === undefined || text.length > MAX_MEMORY_TEXT)
      throw new StewardRefusal('no carriers are remembered, or not as many');
    replaceFile(carrierMemory, text);
  }
}

/** @throws ConfigError when the file cannot be read or understood */
async function readAll(path: string): Promise<ConfigReading> {
  const file = await readConfigFile(path);
  const folder = dirname(path);
  const paths = namedFiles(parseConfig(file.text, file.path)).map((name) => resolve(folder, name));
  const others = await Promise.all(
    [...new Set(paths)].map(async (each) => [each, await contentOf(each)] as ConfigReading['others'][number]),
  );
  return { file, others };
}

function namedFiles({ streamListeners, peers }: TunnelConfig): string[] {
  const identities = streamListeners.flatMap(({ tls }) => (tls === undefined ? [] : [tls.certificate, tls.key]));
  const authorities = peers.flatMap(({ carriers }) => carriers.flatMap(({ stream }) => stream?.tls?.ca ?? []));
  return [...identities, ...authorities].map(({ path }) => path);
}

async function contentOf(path: string): Promise<TextFile | { readonly code: string }> {
  try {
    return (await readTextFile(path, MAX_PEM_BYTES)) ?? { code: 'EFBIG' };
  } catch (error) {
    return { code: (error as NodeJS.ErrnoException).code ?? String(error) };
  }
}
