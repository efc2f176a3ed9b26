/** Our own daemon, run as a user runs it: `awg-vpn up <file>` in the foreground. */
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TunnelReport } from '../../../src/control/report.ts';
import type { BackgroundProcess } from '../command.ts';
import { run } from '../command.ts';
import type { NetworkNamespace } from '../network-namespace.ts';
import { uniqueName } from '../network-namespace.ts';
import type { Scope } from '../scope.ts';
import type { PeerStatus, TunnelSettings } from '../tunnel-settings.ts';
import { fullConfig } from '../tunnel-settings.ts';
import { waitFor } from '../wait.ts';
import type { EngineAdapter, RunningTunnel } from './engine-adapter.ts';

/** The compiled command line program; this file lies at dist/test/support/engines/ when it runs. */
const PROGRAM = fileURLToPath(new URL('../../../src/cli/main.js', import.meta.url));

/** Runs the command line program to its end and returns its standard output. */
export function awgVpn(args: readonly string[]): Promise<string> {
  return run(process.execPath, [PROGRAM, ...args]);
}

class OwnTunnel implements RunningTunnel {
  readonly interfaceName: string;
  readonly process: BackgroundProcess;
  readonly setListenPort = undefined;

  constructor(interfaceName: string, process: BackgroundProcess) {
    this.interfaceName = interfaceName;
    this.process = process;
  }

  async peers(): Promise<PeerStatus[]> {
    const shown = JSON.parse(await awgVpn(['show', this.interfaceName, '--json'])) as TunnelReport;
    return shown.peers.map((peer) => ({
      publicKey: peer.publicKey,
      endpoint: peer.endpoint ?? undefined,
      latestHandshake: Math.floor(peer.latestHandshake ?? 0),
      receivedBytes: peer.receivedBytes,
      sentBytes: peer.sentBytes,
    }));
  }
}

/** Writes `settings` as a configuration file named after the interface, readable by its owner only. */
export function writeConfig(scope: Scope, name: string, settings: TunnelSettings): string {
  const folder = mkdtempSync(join(tmpdir(), 'awg-vpn-test-'));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  scope.defer(folder, remove, remove);
  const path = join(folder, `${name}.conf`);
  writeFileSync(path, fullConfig(settings), { mode: 0o600 });
  chmodSync(path, 0o600);
  return path;
}

/** For engines of tests that also come from the built tree. */
export function notBuilt(): string | undefined {
  return existsSync(PROGRAM) ? undefined : 'awg-vpn is not built';
}

/** @param upOptions more arguments of `awg-vpn up` */
export function awgVpnWith(name: string, upOptions: readonly string[]): EngineAdapter {
  return {
    name,
    obfuscates: true,
    unavailable: notBuilt,
    version: async () => `awg-vpn ${(await awgVpn(['--version'])).trim()}`,
    start: (scope, namespace, settings) => startOwn(scope, namespace, settings, upOptions),
  };
}

export const awgVpnEngine = awgVpnWith('awg-vpn', []);

/** One worker for each direction, whatever the machine has. */
export const twoWorkerEngine = awgVpnWith('awg-vpn, two workers', ['--workers', '2']);

/** Each of them with a thread that helps to encrypt. */
export const fourWorkerEngine = awgVpnWith('awg-vpn, four workers', ['--workers', '4']);

async function startOwn(
  scope: Scope,
  namespace: NetworkNamespace,
  settings: TunnelSettings,
  upOptions: readonly string[],
): Promise<RunningTunnel> {
  const name = uniqueName('t');
  const path = writeConfig(scope, name, settings);
  const daemon = namespace.spawn(process.execPath, [PROGRAM, 'up', path, ...upOptions], {}, scope);
  const tunnel = new OwnTunnel(name, daemon);
  await waitFor(`awg-vpn to answer for ${name}`, () => isReady(daemon, tunnel), {
    timeoutMs: 20_000,
    intervalMs: 200,
    explain: () => daemon.output,
  });
  return tunnel;
}

async function isReady(daemon: BackgroundProcess, tunnel: OwnTunnel): Promise<boolean> {
  if (daemon.hasExited) throw new Error(`awg-vpn up ended with ${daemon.exitCode}:\n${daemon.output}`);
  return tunnel.peers().then(
    () => true,
    () => false,
  );
}
