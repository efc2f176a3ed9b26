/** A network namespace of our own, with the loopback up, removed with its scope. */
import { execFileSync } from 'node:child_process';
import type { RunOptions } from './command.ts';
import { BackgroundProcess, run } from './command.ts';
import type { Scope } from './scope.ts';

let created = 0;

/** A name no other test process uses, short enough for an interface (15 characters). */
export function uniqueName(prefix: string): string {
  created += 1;
  return `${prefix}${process.pid.toString(36)}${created.toString(36)}`;
}

export class NetworkNamespace {
  readonly name: string;
  readonly #scope: Scope;
  #isDeleted = false;

  private constructor(scope: Scope, name: string) {
    this.#scope = scope;
    this.name = name;
  }

  static async create(scope: Scope): Promise<NetworkNamespace> {
    const name = uniqueName('awgns');
    // Registered first: the process may end between the creation and the next line.
    const namespace = new NetworkNamespace(scope, name);
    scope.defer(
      `namespace ${name}`,
      () => namespace.delete(),
      () => execFileSync('ip', ['netns', 'delete', name]),
    );
    await run('ip', ['netns', 'add', name]);
    await namespace.ip('link', 'set', 'lo', 'up');
    return namespace;
  }

  /** Once: takes its name away. What runs in it keeps it until it ends. */
  async delete(): Promise<void> {
    if (this.#isDeleted) return;
    this.#isDeleted = true;
    await run('ip', ['netns', 'delete', this.name]);
  }

  /** `ip` inside the namespace. */
  ip(...args: string[]): Promise<string> {
    return run('ip', ['-n', this.name, ...args]);
  }

  /** Many `ip` commands in one process. */
  async ipBatch(commands: readonly string[]): Promise<void> {
    await run('ip', ['-n', this.name, '-batch', '-'], { input: `${commands.join('\n')}\n` });
  }

  /** Runs a program inside, to its end. */
  run(command: string, args: readonly string[], options?: RunOptions): Promise<string> {
    return run('ip', ['netns', 'exec', this.name, command, ...args], options);
  }

  /** Starts a program inside; it ends with `scope` (by default the namespace's own). */
  spawn(
    command: string,
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
    scope: Scope = this.#scope,
  ): BackgroundProcess {
    return new BackgroundProcess(scope, 'ip', ['netns', 'exec', this.name, command, ...args], env);
  }

  /** Replaces the namespace's packet filter rules; an empty text clears them. */
  async setFirewall(rules: string): Promise<void> {
    await this.run('nft', ['-f', '-'], { input: `flush ruleset\n${rules}\n` });
  }
}

/** Why namespaces cannot be used here, or undefined when they can. */
export function namespacesUnavailable(): string | undefined {
  if (process.platform !== 'linux') return 'network namespaces exist on Linux only';
  if (process.getuid?.() !== 0) return 'needs root for network namespaces';
  return undefined;
}
