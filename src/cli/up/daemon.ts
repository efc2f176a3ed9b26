/**
 * A tunnel in the background: `up --daemon` starts itself once more, in a session of its own, waits until
 * that one is up or has failed, and ends as it did. Until then both speak to the same terminal.
 */
import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { loadSyscalls } from '../../platform/ffi/syscalls.ts';
import { EndWith } from '../exit-code.ts';

/** Says to the one in the background that it is. */
const DETACHED = '--detached';

const FORWARDED: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];

const STDOUT = 1;
const STDERR = 2;

/** Whether this process is the one in the background. */
export function isDetached(): boolean {
  return process.argv.includes(DETACHED);
}

/**
 * Returns when the tunnel is up.
 *
 * @param command as it was called
 * @throws EndWith the exit code of what failed, which has said why
 */
export async function startDaemon(command: Command): Promise<void> {
  const [program = ''] = process.argv.slice(1);
  const args = [...process.execArgv, program, command.name(), ...argumentsOf(command), DETACHED];
  const child = spawn(process.execPath, args, { detached: true, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const forward = (name: NodeJS.Signals): void => void child.kill(name);
  for (const name of FORWARDED) process.on(name, forward);
  const failure = await new Promise<number | undefined>((settle, reject) => {
    child.once('message', () => settle(undefined));
    child.once('exit', (code) => settle(code ?? 1));
    child.once('error', reject);
  });
  for (const name of FORWARDED) process.off(name, forward);
  if (failure !== undefined) throw new EndWith(failure);
  if (child.connected) child.disconnect();
  child.unref();
}

/** The process in the background. */
export class Background {
  readonly #log: number;

  private constructor(log: number) {
    this.#log = log;
  }

  /**
   * Undefined in the foreground. The log is opened now: when the tunnel is up, this process may not do so.
   *
   * @throws Error that names a log file that cannot be written
   */
  static find(logFile = '/dev/null'): Background | undefined {
    return isDetached() ? new Background(openSync(logFile, 'a', 0o600)) : undefined;
  }

  /** The tunnel is up. From now on nobody is listening. */
  leaveTerminal(): void {
    const syscalls = loadSyscalls();
    for (const standard of [STDOUT, STDERR]) syscalls.dup3(this.#log, standard, 0);
    closeSync(this.#log);
    if (process.connected) process.send?.('up', () => process.disconnect());
  }
}

/** The same command line, without the option that led here, and with paths that hold everywhere. */
function argumentsOf(command: Command): string[] {
  const given = command.options.filter(
    (option) => command.getOptionValueSource(option.attributeName()) === 'cli' && option.attributeName() !== 'daemon',
  );
  const options = given.flatMap((option) => {
    const value: unknown = command.getOptionValue(option.attributeName());
    return value === true ? [option.long ?? ''] : [option.long ?? '', String(value)];
  });
  const [name = ''] = command.args;
  return [...options, name.includes('/') || name.endsWith('.conf') ? resolve(name) : name];
}
