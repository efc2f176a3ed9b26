/** Runs `key-logging-daemon` as an engine, and hands out the keys it wrote. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BackgroundProcess } from '../support/command.ts';
import { notBuilt, writeConfig } from '../support/engines/awg-vpn.ts';
import type { EngineAdapter, RunningTunnel } from '../support/engines/engine-adapter.ts';
import type { NetworkNamespace } from '../support/network-namespace.ts';
import { uniqueName } from '../support/network-namespace.ts';
import type { Scope } from '../support/scope.ts';
import type { PeerStatus, TunnelSettings } from '../support/tunnel-settings.ts';
import { waitFor } from '../support/wait.ts';

const PROGRAM = fileURLToPath(new URL('./key-logging-daemon.js', import.meta.url));

/** It has no control socket: what it knows of its peers, only the other end can tell. */
class KeyLoggingTunnel implements RunningTunnel {
  readonly interfaceName: string;
  readonly process: BackgroundProcess;
  readonly setListenPort = undefined;

  constructor(interfaceName: string, process: BackgroundProcess) {
    this.interfaceName = interfaceName;
    this.process = process;
  }

  peers(): Promise<PeerStatus[]> {
    return Promise.reject(new Error('the key logging daemon answers no questions'));
  }
}

export class KeyLoggingEngine implements EngineAdapter {
  readonly name = 'awg-vpn, key logging';
  readonly obfuscates = true;
  readonly unavailable = notBuilt;
  readonly #keyPath: string;

  constructor(scope: Scope) {
    const folder = mkdtempSync(join(tmpdir(), 'awg-vpn-keys-'));
    const remove = (): void => rmSync(folder, { recursive: true, force: true });
    scope.defer(folder, remove, remove);
    this.#keyPath = join(folder, 'ephemeral-keys');
    writeFileSync(this.#keyPath, '', { mode: 0o600 });
  }

  version(): Promise<string> {
    return Promise.resolve(this.name);
  }

  /** All ephemeral private keys so far, base64. */
  ephemeralPrivateKeys(): string[] {
    return readFileSync(this.#keyPath, 'utf8').trim().split('\n');
  }

  async start(scope: Scope, namespace: NetworkNamespace, settings: TunnelSettings): Promise<RunningTunnel> {
    const name = uniqueName('t');
    const config = writeConfig(scope, name, settings);
    const daemon = namespace.spawn(process.execPath, [PROGRAM, name, config, this.#keyPath], {}, scope);
    const isUp = (): boolean => daemon.output.includes('up\n');
    await waitFor('the key logging daemon', isUp, { timeoutMs: 20_000, explain: () => daemon.output });
    return new KeyLoggingTunnel(name, daemon);
  }
}
