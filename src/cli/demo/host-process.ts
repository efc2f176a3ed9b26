/** A Node process that the demo started: its last words, and its end. */
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { siblingFile } from './sibling-file.ts';

/** Output kept for error messages; older text is dropped. */
const OUTPUT_LIMIT = 8192;
const TERMINATION_GRACE_MS = 3000;

export class HostProcess {
  readonly #child: ChildProcess;
  #output = '';
  #ended = false;

  /** With a message channel, by which the process also notices the end of this one. */
  constructor(args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
    const preload = ['--import', siblingFile('./end-with-parent', import.meta.url)];
    const child = spawn(process.execPath, [...process.execArgv, ...preload, ...args], {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: { ...process.env, ...environment },
    });
    this.#child = child;
    const collect = (text: Buffer): void => this.#append(text.toString());
    child.stdout?.on('data', collect);
    child.stderr?.on('data', collect);
    child.on('error', (error) => this.#append(`${error.message}\n`));
    child.once('exit', () => {
      this.#ended = true;
    });
  }

  get channel(): ChildProcess {
    return this.#child;
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  get hasEnded(): boolean {
    return this.#ended || this.#child.pid === undefined;
  }

  /** Both output streams, the last OUTPUT_LIMIT characters. */
  get output(): string {
    return this.#output;
  }

  /** Asks to end, then insists. Resolves when the process is gone. */
  async stop(): Promise<void> {
    if (this.hasEnded) return;
    const insist = setTimeout(() => this.#child.kill('SIGKILL'), TERMINATION_GRACE_MS);
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    await gone;
    clearTimeout(insist);
  }

  #append(text: string): void {
    this.#output = (this.#output + text).slice(-OUTPUT_LIMIT);
  }
}
