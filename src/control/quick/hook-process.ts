/**
 * One command of a configuration's owner in the shell, as wg-quick runs it: by bash where there is one,
 * with `-e` and `pipefail`. It gets a process group of its own, so that it can be ended with all that it
 * has started, also by somebody who only has the record of it.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants } from 'node:fs';
import type { Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ProcessIdentity } from '../state/process-identity.ts';
import { identityOf, isAlive } from '../state/process-identity.ts';

/** How long a command may take to end after SIGTERM, milliseconds. */
const PATIENCE_MS = 2000;
const POLL_MS = 20;

const SHELLS: ReadonlyArray<readonly string[]> = [
  ['/bin/bash', '-e', '-o', 'pipefail', '-O', 'extglob'],
  ['/bin/sh', '-e'],
];

/**
 * Waits for the word to go, on the third descriptor: if we are killed before its start is on record, it
 * reads the end instead and never begins.
 */
const SCRIPT = 'read -r _ <&3 || exit 125; exec 3<&-; eval "$1"';

export interface HookProcessOptions {
  readonly environment: NodeJS.ProcessEnv;
  /** Ends it. */
  readonly signal?: AbortSignal;
  /** Writes down who it is; the command begins when this returns. */
  readonly onStart: (shell: ProcessIdentity) => void;
}

/** Resolves to how it failed, as half a sentence; undefined where it did not. */
export async function runHookProcess(command: string, options: HookProcessOptions): Promise<string | undefined> {
  const [shell = '', ...flags] = SHELLS.find(([path = '']) => isExecutable(path)) ?? ['/bin/sh'];
  const child = spawn(shell, [...flags, '-c', SCRIPT, 'hook', command], {
    env: options.environment,
    detached: true,
    stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
  });
  const ended = once(child, 'exit').catch((error: unknown) => [String(error)]);
  const go = child.stdio[3] as Writable;
  go.on('error', () => undefined);
  if (child.pid === undefined) return `cannot be run by ${shell}`;
  const identity = identityOf(child.pid);
  const end = (): void => void endHookProcess(identity);
  options.signal?.addEventListener('abort', end, { once: true });
  try {
    options.onStart(identity);
    if (options.signal?.aborted === true) end();
    go.end('go\n');
    const [code, killedBy] = (await ended) as [number | string | null, string | null];
    return code === 0 ? undefined : `ended with ${killedBy ?? code}`;
  } finally {
    go.destroy();
    options.signal?.removeEventListener('abort', end);
  }
}

/** Ends a command and all that it has started, and insists. */
export async function endHookProcess(shell: ProcessIdentity): Promise<void> {
  if (!isAlive(shell)) return;
  signalGroup(shell.pid, 'SIGTERM');
  for (let waited = 0; waited < PATIENCE_MS && isAlive(shell); waited += POLL_MS) await sleep(POLL_MS);
  signalGroup(shell.pid, 'SIGKILL');
}

function signalGroup(leader: number, name: NodeJS.Signals): void {
  try {
    process.kill(-leader, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
