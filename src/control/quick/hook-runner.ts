/**
 * The commands around the life of a tunnel (protocol facts 7.2, 7.3). Those on the way up end it when they
 * fail. Those on the way down are due from the moment when something they may have to undo has begun; they
 * are on record until they have run, so that whoever finds the record can run them.
 */

import { isInterfaceName } from '../config/file.ts';
import type { Hook, HookPhase } from '../config/tunnel-config.ts';
import type { HookJournal } from '../state/tunnel-state.ts';
import { runHookProcess } from './hook-process.ts';

export class HookError extends Error {
  override readonly name = 'HookError';
  readonly code = 'hook-failed';
}

export interface HookRunnerOptions {
  /** Of the interface; takes the place of `%i`. */
  readonly name: string;
  /** For messages. */
  readonly file: string;
  readonly journal: HookJournal;
  readonly onNotice: (notice: string) => void;
  readonly onWarning: (warning: string) => void;
}

export class HookRunner {
  readonly #options: HookRunnerOptions;

  constructor(options: HookRunnerOptions) {
    this.#options = options;
  }

  /**
   * In order, each after the end of the one before.
   *
   * @throws HookError for the first that fails; the signal's reason when it is told to stop
   */
  async runUp(phase: 'PreUp' | 'PostUp', hooks: readonly Hook[], signal: AbortSignal): Promise<void> {
    for (const hook of hooks) {
      signal.throwIfAborted();
      const failure = await this.#run(phase, hook, signal);
      signal.throwIfAborted();
      if (failure !== undefined) throw new HookError(`${this.#place(phase, hook)}: ${failure}`);
    }
  }

  /** All that are due, whatever fails; a failure is a warning, as nothing is gained by stopping half-way. */
  async runDown(phase: 'PreDown' | 'PostDown'): Promise<void> {
    const { journal, onWarning } = this.#options;
    for (let [hook] = journal.hooks[phase]; hook !== undefined; [hook] = journal.hooks[phase]) {
      const failure = await this.#run(phase, hook);
      if (failure !== undefined) onWarning(`${this.#place(phase, hook)}: ${failure}`);
      journal.hooks = { ...journal.hooks, [phase]: journal.hooks[phase].slice(1) };
    }
  }

  async #run(phase: HookPhase, { command, line }: Hook, signal?: AbortSignal): Promise<string | undefined> {
    const { name, file, journal, onNotice } = this.#options;
    onNotice(`${phase} of line ${line} runs`);
    const { running: _, ...idle } = journal.hooks;
    const failure = await runHookProcess(expand(command, name), {
      environment: { ...process.env, LC_ALL: 'C', INTERFACE: name, CONFIG_FILE: file },
      ...(signal === undefined ? {} : { signal }),
      onStart: (running) => {
        journal.hooks = { ...idle, running };
      },
    });
    journal.hooks = idle;
    return failure;
  }

  /** The command itself is not repeated: it may hold a secret. */
  #place(phase: HookPhase, { line }: Hook): string {
    return `${this.#options.file}:${line}: ${phase}`;
  }
}

/** No name of an interface has a character that means something to a shell. */
function expand(command: string, name: string): string {
  if (!isInterfaceName(name)) throw new HookError(`"${name}" is no name of an interface`);
  return command.replaceAll('%i', name);
}
