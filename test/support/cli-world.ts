/** The program as a user runs it, and what it may leave behind in a network namespace and on disk. */

import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { formatPrefix } from '../../src/protocol/address-text.ts';
import { withNetlink } from './netns-private.ts';
import { waitFor } from './wait.ts';

/** Compiled when the tests are compiled, else the source. */
const PROGRAM = fileURLToPath(
  new URL(`../../src/cli/main.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url),
);

export interface Outcome {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunAs {
  readonly uid?: number;
  readonly gid?: number;
  /** On top of that of the test. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** Into a pipe `up` logs JSON without addresses; tests look for what a person at a terminal would see. */
function asPeopleReadIt(args: readonly string[]): readonly string[] {
  if (args[0] !== 'up' || args.includes('--log-format')) return args;
  return [...args, '--log-format', 'text', '--log-endpoints'];
}

/** A directory for configurations and the sockets of running tunnels. */
export class CliWorld {
  readonly directory = mkdtempSync(join(tmpdir(), 'awg-cli-'));
  readonly runtimeDirectory = join(this.directory, 'run');
  /** BOUNDED by what one test file starts. */
  readonly #children = new Set<CliProcess>();

  config(name: string, ...lines: readonly string[]): string {
    const path = join(this.directory, `${name}.conf`);
    writeFileSync(path, `${lines.join('\n')}\n`);
    chmodSync(path, 0o600);
    return path;
  }

  start(args: readonly string[], { environment, ...as }: RunAs = {}): CliProcess {
    const own = { AWG_VPN_RUNTIME_DIR: this.runtimeDirectory, WG_ENDPOINT_RESOLUTION_RETRIES: '15' };
    const env = { ...process.env, ...own, ...environment };
    const child = new CliProcess(
      spawn(process.execPath, [PROGRAM, ...asPeopleReadIt(args)], { ...as, env, stdio: ['ignore', 'pipe', 'pipe'] }),
    );
    this.#children.add(child);
    return child;
  }

  /** To the end. */
  run(args: readonly string[], as: RunAs = {}): Promise<Outcome> {
    return this.start(args, as).outcome;
  }

  /** Starts a tunnel and waits until packets flow. */
  async up(config: string, as: RunAs = {}): Promise<CliProcess> {
    const child = this.start(['up', config], as);
    await waitFor('the tunnel to come up', () => child.stderr.includes('is up (') || child.hasEnded, {
      // A busy machine takes many times the half second of an idle one.
      timeoutMs: 30_000,
      explain: () => child.stderr,
    });
    if (child.hasEnded) throw new Error(`the tunnel did not come up\n${child.stderr}`);
    return child;
  }

  /** Files below the runtime directory. */
  runtimeFiles(): string[] {
    try {
      const entries = readdirSync(this.runtimeDirectory, { recursive: true, withFileTypes: true });
      return entries
        .filter((entry) => !entry.isDirectory())
        .map(({ name }) => name)
        .sort();
    } catch {
      return [];
    }
  }

  async close(): Promise<void> {
    for (const child of this.#children) child.kill('SIGKILL');
    await Promise.all([...this.#children].map((child) => child.outcome));
    rmSync(this.directory, { recursive: true, force: true });
  }
}

export class CliProcess {
  readonly outcome: Promise<Outcome>;
  readonly #child: ChildProcess;
  #stdout = '';
  #stderr = '';
  #ended = false;

  constructor(child: ChildProcess) {
    this.#child = child;
    child.stdout?.on('data', (chunk: Buffer) => (this.#stdout += chunk.toString()));
    child.stderr?.on('data', (chunk: Buffer) => (this.#stderr += chunk.toString()));
    this.outcome = new Promise((resolve) => {
      child.once('close', (code) => {
        this.#ended = true;
        resolve({ code, stdout: this.#stdout, stderr: this.#stderr });
      });
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get stderr(): string {
    return this.#stderr;
  }

  get hasEnded(): boolean {
    return this.#ended;
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }
}

/** Everything that a tunnel may change here, as text to compare. */
export function namespaceState(): string[] {
  return withNetlink((netlink) => [
    ...netlink
      .listLinks()
      .flatMap(({ index, name, mtu, up }) => [
        `link ${name} mtu ${mtu} ${up ? 'up' : 'down'}`,
        ...netlink.listAddresses(index).map((address) => `address ${name} ${formatPrefix(address)}`),
      ]),
    ...[254, 51820, 51821, 777]
      .flatMap((table) => netlink.listRoutes(table))
      .map((route) => `route ${formatPrefix(route.prefix)} table ${route.table}`),
    ...netlink.listRules().map((rule) => `rule ${JSON.stringify(rule)}`),
    `src_valid_mark ${readFileSync('/proc/sys/net/ipv4/conf/all/src_valid_mark', 'utf8').trim()}`,
  ]);
}
