/** The file of a TunnelState. Whoever has created it owns the name of the tunnel. */
import { existsSync, linkSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { EffectJournal, LastingEffect } from '../../device/lasting-effect.ts';
import type { FilterContent } from '../../device/packet-filter-content.ts';
import { makeRuntimeDirectory, statePath } from '../runtime-directory.ts';
import { networkNamespace, ownIdentity } from './process-identity.ts';
import type { HookJournal, HookRecord, TunnelState } from './tunnel-state.ts';
import { areHooksDue, NO_HOOKS_DUE, parseState } from './tunnel-state.ts';

/** A file that is there but is not a state: reported, never guessed at. Or one that cannot be written. */
export class StateFileError extends Error {
  override readonly name = 'StateFileError';
  readonly code: 'bad-state-file' | 'state-not-written';

  constructor(message: string, code: StateFileError['code'] = 'bad-state-file') {
    super(message);
    this.code = code;
  }
}

/** Who keeps the file when this process may not any more, and does what this process may not. */
export type StateKeeper = Pick<EffectJournal, 'record' | 'forget'> & {
  undo(effect: LastingEffect): void;
  writeFilter(content: FilterContent): void;
  release(): void;
};

export class StateFile implements EffectJournal, HookJournal {
  readonly #path: string;
  #state: TunnelState;
  #keeper: StateKeeper | undefined;

  private constructor(path: string, state: TunnelState) {
    this.#path = path;
    this.#state = state;
  }

  /** Creates the file for a tunnel of this process, or returns undefined where there is one already. */
  static claim(directory: string, name: string, configFile: string): StateFile | undefined {
    makeRuntimeDirectory(directory);
    const path = statePath(directory, name);
    const state: TunnelState = {
      version: 1,
      name,
      process: ownIdentity(),
      networkNamespace: networkNamespace(),
      configFile,
      effects: [],
    };
    return createExclusively(path, serialise(state)) ? new StateFile(path, state) : undefined;
  }

  /** The file of another process, for whoever keeps it for that one, or finishes its work. */
  static takeOver(directory: string, state: TunnelState): StateFile {
    return new StateFile(statePath(directory, state.name), state);
  }

  get hooks(): HookRecord {
    return this.#state.hooks ?? NO_HOOKS_DUE;
  }

  /** On disk when it returns, as everything here. Nobody keeps hooks for us: with a keeper there are none. */
  set hooks(hooks: HookRecord) {
    if (this.#keeper !== undefined && areHooksDue(hooks)) throw new StateFileError('hooks cannot be recorded any more');
    this.#state = { ...this.#state, hooks };
    this.#write();
  }

  get effects(): readonly LastingEffect[] {
    return this.#state.effects;
  }

  /** Whether somebody else writes the file. */
  get isHandedOver(): boolean {
    return this.#keeper !== undefined;
  }

  /** From now on somebody else writes the file. */
  handOver(keeper: StateKeeper): void {
    this.#keeper = keeper;
  }

  /** Whether the keeper has undone it, as this process may not. */
  undo(effect: LastingEffect): boolean {
    this.#keeper?.undo(effect);
    return this.#keeper !== undefined;
  }

  /** Whether the keeper has written it, as this process may not. */
  writeFilter(content: FilterContent): boolean {
    this.#keeper?.writeFilter(content);
    return this.#keeper !== undefined;
  }

  /** On disk when it returns, so that the effect can follow. */
  record(effect: LastingEffect): void {
    this.#keeper?.record(effect);
    this.#state = { ...this.#state, effects: [...this.#state.effects, effect] };
    this.#write();
  }

  /** On a full disk the record stays until `release`: one too many does no harm, what is gone counts as undone. */
  forget(effect: LastingEffect): void {
    this.#keeper?.forget(effect);
    this.#state = { ...this.#state, effects: this.#state.effects.filter((known) => known !== effect) };
    try {
      this.#write();
    } catch (error) {
      if (!(error instanceof StateFileError)) throw error;
    }
  }

  /** Gives the name back. A record of something that could not be undone stays, for another try. */
  release(): void {
    if (this.#keeper !== undefined) this.#keeper.release();
    else if (this.#state.effects.length === 0 && !areHooksDue(this.hooks)) rmSync(this.#path, { force: true });
  }

  /** Whatever is still in it. */
  remove(): void {
    rmSync(this.#path, { force: true });
    removeLeftovers(this.#path);
  }

  /** Readers see the old state or the new one, never half of it. */
  #write(): void {
    if (this.#keeper !== undefined) return;
    const temporary = `${this.#path}.${process.pid}`;
    writeWhole(temporary, serialise(this.#state));
    renameSync(temporary, this.#path);
  }
}

/**
 * The state of a tunnel, undefined when there is none.
 *
 * @throws StateFileError
 */
export function readState(directory: string, name: string): TunnelState | undefined {
  const path = statePath(directory, name);
  const text = readIfThere(path);
  if (text === undefined) return undefined;
  const state = parseState(text);
  if (state !== undefined) return state;
  throw new StateFileError(`${path}: is not the state of a tunnel; remove it when no tunnel "${name}" is running`);
}

function serialise(state: TunnelState): string {
  return `${JSON.stringify(state)}\n`;
}

/** Complete from the first moment: written aside, then given its name, which fails when the name is taken. */
function createExclusively(path: string, text: string): boolean {
  const temporary = `${path}.${process.pid}`;
  writeWhole(temporary, text);
  try {
    linkSync(temporary, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(temporary, { force: true });
  }
}

/** What processes that were killed while they wrote have left beside the file: each wrote under its own number. */
export function removeLeftovers(path: string): void {
  const [folder, prefix] = [dirname(path), `${basename(path)}.`];
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder)) {
    const writer = name.startsWith(prefix) ? name.slice(prefix.length) : '';
    if (/^\d+$/.test(writer) && !existsSync(`/proc/${writer}`)) rmSync(join(folder, name), { force: true });
  }
}

/** Nothing of it stays where it does not fit. */
function writeWhole(path: string, text: string): void {
  try {
    writeFileSync(path, text, { mode: 0o600 });
  } catch (error) {
    rmSync(path, { force: true });
    const reason = error instanceof Error ? error.message : String(error);
    throw new StateFileError(`cannot write down what is to be undone, in ${path}: ${reason}`, 'state-not-written');
  }
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
