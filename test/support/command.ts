/** Running other programs: to the end (`run`), or beside the test (`BackgroundProcess`). */
import type { ChildProcess } from 'node:child_process';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Scope } from './scope.ts';

/** Output kept of a background process; older text is dropped. */
const OUTPUT_LIMIT = 256 * 1024;

/** How long a process may take to end after SIGTERM before it gets SIGKILL. */
const TERMINATION_GRACE_MS = 5000;

export interface RunOptions {
  readonly input?: string;
  readonly timeoutMs?: number;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs a program and returns its standard output. Throws with both outputs when it fails. */
export function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const limits = { timeout: Math.ceil(options.timeoutMs ?? 60_000), maxBuffer: 64 * 1024 * 1024 };
    const env = { ...process.env, ...options.env };
    const child = execFile(command, args, { ...limits, env }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`${[command, ...args].join(' ')}: ${error.message}\n${stdout}${stderr}`.trim()));
    });
    // A program that ends without reading its input is judged by its exit code.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(options.input);
  });
}

/** Absolute path of a program on PATH, or undefined. */
export function findProgram(name: string): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

export class BackgroundProcess {
  readonly #child: ChildProcess;
  readonly #title: string;
  #output = '';
  #exited = false;

  constructor(scope: Scope, command: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    this.#title = [command, ...args].join(' ');
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
    this.#child = child;
    const collect = (text: Buffer): void => this.#append(text.toString());
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    child.on('error', (error) => this.#append(`${error.message}\n`));
    child.on('close', () => {
      this.#exited = true;
    });
    scope.defer(
      this.#title,
      () => this.stop(),
      () => child.kill('SIGKILL'),
    );
  }

  get pid(): number {
    if (this.#child.pid === undefined) throw new Error(`${this.#title} did not start: ${this.#output}`);
    return this.#child.pid;
  }

  /** Both output streams, the last OUTPUT_LIMIT characters. */
  get output(): string {
    return this.#output;
  }

  get hasExited(): boolean {
    return this.#exited;
  }

  /** Undefined while running, or when a signal ended it. */
  get exitCode(): number | undefined {
    return this.#child.exitCode ?? undefined;
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async waitForExit(): Promise<void> {
    if (!this.#exited) await once(this.#child, 'close');
  }

  /** Asks to end with `signal`, then insists. Resolves when the process is gone. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    if (this.#exited || this.#child.pid === undefined) return;
    const insist = setTimeout(() => this.#child.kill('SIGKILL'), TERMINATION_GRACE_MS);
    this.#child.kill(signal);
    await this.waitForExit();
    clearTimeout(insist);
  }

  #append(text: string): void {
    this.#output = (this.#output + text).slice(-OUTPUT_LIMIT);
  }
}
