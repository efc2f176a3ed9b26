/**
 * One of our daemons in the hands of a test that is not kind to it: started, killed, started again
 * under the same name with other settings, and looked after for what it leaves behind.
 */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { TunnelReport } from '../../src/control/report.ts';
import { runtimeDirectory } from '../../src/control/runtime-directory.ts';
import type { BackgroundProcess } from '../support/command.ts';
import { awgVpn, writeConfig } from '../support/engines/awg-vpn.ts';
import type { RunningTunnel } from '../support/engines/engine-adapter.ts';
import type { NetworkNamespace } from '../support/network-namespace.ts';
import { uniqueName } from '../support/network-namespace.ts';
import type { Scope } from '../support/scope.ts';
import type { PeerStatus, TunnelSettings } from '../support/tunnel-settings.ts';
import { fullConfig } from '../support/tunnel-settings.ts';
import { waitFor } from '../support/wait.ts';

const PROGRAM = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url));
const START_LIMIT_MS = 20_000;
/** Lines for people, whoever reads them: tests are about what is said. */
const LOG_OPTIONS = ['--log-level', 'debug', '--log-format', 'text', '--log-endpoints'];

/** How a daemon is started. */
export interface Launch {
  /** A program with its arguments that becomes the daemon: it gets the rest of the command line. */
  readonly through?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** Further ones of `up`. */
  readonly options?: readonly string[];
}

/** How a process ended, seen from the call on. */
export interface Ending {
  /** Undefined when a signal ended it. */
  readonly code: number | undefined;
  readonly milliseconds: number;
}

export class TunnelDaemon implements RunningTunnel {
  readonly interfaceName = uniqueName('t');
  readonly setListenPort = undefined;
  readonly #scope: Scope;
  readonly #namespace: NetworkNamespace;
  readonly #configPath: string;
  #process: BackgroundProcess | undefined;
  #untouched = '';

  /** Nothing runs yet. */
  constructor(scope: Scope, namespace: NetworkNamespace, settings: TunnelSettings) {
    this.#scope = scope;
    this.#namespace = namespace;
    this.#configPath = writeConfig(scope, this.interfaceName, settings);
  }

  /** The latest one. */
  get process(): BackgroundProcess {
    if (this.#process === undefined) throw new Error(`${this.interfaceName} was never started`);
    return this.#process;
  }

  /** For the next start, or the next `reload`. */
  configure(settings: TunnelSettings): void {
    writeFileSync(this.#configPath, fullConfig(settings));
  }

  /** Makes the running daemon what its file says. Throws with what it says against that. */
  async reload(settings: TunnelSettings): Promise<void> {
    this.configure(settings);
    await awgVpn(['reload', this.interfaceName]);
  }

  /** Resolves when it says that it is up. */
  async start(launch: Launch = {}): Promise<void> {
    await this.launch(launch);
    await this.waitUntilUp();
  }

  /** Whatever becomes of it. */
  async launch({ through = [], environment = {}, options = [] }: Launch): Promise<void> {
    // What a killed predecessor left is not the state to go back to.
    this.#untouched ||= await this.#lastingState();
    const line = [...through, process.execPath, PROGRAM, 'up', this.#configPath, ...LOG_OPTIONS, ...options];
    const [command = '', ...args] = line;
    this.#process = this.#namespace.spawn(command, args, environment, this.#scope);
  }

  async waitUntilUp(): Promise<void> {
    const daemon = this.process;
    const isUp = (): boolean => {
      assert.ok(!daemon.hasExited, `awg-vpn up ended with ${daemon.exitCode}:\n${daemon.output}`);
      return daemon.output.includes(`tunnel "${this.interfaceName}" is up`);
    };
    await waitFor(`${this.interfaceName} to be up`, isUp, { timeoutMs: START_LIMIT_MS, explain: () => daemon.output });
  }

  /** What `show --json` says. */
  async report(): Promise<TunnelReport> {
    return JSON.parse(await awgVpn(['show', this.interfaceName, '--json'])) as TunnelReport;
  }

  async peers(): Promise<PeerStatus[]> {
    const { peers } = await this.report();
    return peers.map(({ publicKey, endpoint, latestHandshake, receivedBytes, sentBytes }) => ({
      publicKey,
      endpoint: endpoint ?? undefined,
      latestHandshake: Math.floor(latestHandshake ?? 0),
      receivedBytes,
      sentBytes,
    }));
  }

  async end(signal: NodeJS.Signals, limitMs = 5000): Promise<Ending> {
    this.process.signal(signal);
    return this.waitForEnd(limitMs);
  }

  async waitForEnd(limitMs: number): Promise<Ending> {
    const daemon = this.process;
    const began = performance.now();
    const hasExited = (): boolean => daemon.hasExited;
    await waitFor(`the end of ${this.interfaceName}`, hasExited, {
      timeoutMs: limitMs,
      intervalMs: 5,
      explain: () => daemon.output,
    });
    return { code: daemon.exitCode, milliseconds: performance.now() - began };
  }

  /** The machine is as it was before the first start. */
  async assertNothingLeft(): Promise<void> {
    const links = await this.#namespace.ip('-o', 'link');
    const routes = await this.#routes();
    assert.ok(!`${links}${routes}`.includes(this.interfaceName), `${links}${routes}`);
    assert.equal(await this.#lastingState(), this.#untouched);
    const directory = runtimeDirectory(process.env);
    const files = existsSync(directory) ? readdirSync(directory) : [];
    assert.deepEqual(
      files.filter((file) => file.startsWith(`${this.interfaceName}.`)),
      [],
    );
  }

  async #routes(): Promise<string> {
    const tables = ['route', 'show', 'table', 'all'];
    return `${await this.#namespace.ip('-4', ...tables)}${await this.#namespace.ip('-6', ...tables)}`;
  }

  /** What does not vanish with an interface. */
  async #lastingState(): Promise<string> {
    const rules = `${await this.#namespace.ip('-4', 'rule')}${await this.#namespace.ip('-6', 'rule')}`;
    return `${rules}${await this.#namespace.run('cat', ['/proc/sys/net/ipv4/conf/all/src_valid_mark'])}`;
  }
}
