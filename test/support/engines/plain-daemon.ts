/**
 * Daemons that only make a TUN interface and listen on a UAPI socket: addresses, MTU and routes are
 * set from outside, as wg-quick would.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { BackgroundProcess } from '../command.ts';
import { findProgram, run } from '../command.ts';
import type { NetworkNamespace } from '../network-namespace.ts';
import { uniqueName } from '../network-namespace.ts';
import type { Scope } from '../scope.ts';
import type { PeerStatus, TunnelSettings } from '../tunnel-settings.ts';
import { protocolConfig } from '../tunnel-settings.ts';
import { configurationLines, peerStatuses, uapiGet, uapiSet } from '../uapi-client.ts';
import { waitFor } from '../wait.ts';
import type { EngineAdapter, RunningTunnel } from './engine-adapter.ts';

interface DaemonDescription {
  readonly name: string;
  readonly obfuscates: boolean;
  readonly socketFolder: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** `wg` for those it understands, the socket itself for those with keys of their own. */
  readonly configureThrough: 'wg' | 'uapi';
}

async function configure(daemon: DaemonDescription, name: string, settings: TunnelSettings): Promise<void> {
  if (daemon.configureThrough === 'uapi') {
    await uapiSet(socketPath(daemon, name), configurationLines(settings));
    return;
  }
  // The standard input that Node gives is a socket, which wg cannot open by name; a pipe it can.
  const shell = ['-c', 'cat | wg setconf "$1" /dev/stdin', 'wg', name];
  await run('sh', shell, { input: protocolConfig(settings) });
}

async function bringUp(namespace: NetworkNamespace, name: string, settings: TunnelSettings): Promise<void> {
  for (const address of settings.addresses) {
    const nodad = address.includes(':') ? ['nodad'] : [];
    await namespace.ip('address', 'add', address, 'dev', name, ...nodad);
  }
  await namespace.ip('link', 'set', name, 'mtu', String(settings.mtu), 'up');
  const prefixes = settings.peers.flatMap((peer) => peer.allowedIps);
  await namespace.ipBatch(prefixes.map((prefix) => `route replace ${prefix} dev ${name}`));
}

function socketPath(daemon: DaemonDescription, name: string): string {
  return join(daemon.socketFolder, `${name}.sock`);
}

class PlainTunnel implements RunningTunnel {
  readonly interfaceName: string;
  readonly process: BackgroundProcess;
  readonly #socketPath: string;

  constructor(interfaceName: string, process: BackgroundProcess, socket: string) {
    this.interfaceName = interfaceName;
    this.process = process;
    this.#socketPath = socket;
  }

  async peers(): Promise<PeerStatus[]> {
    return peerStatuses(await uapiGet(this.#socketPath));
  }

  readonly setListenPort = async (port: number): Promise<void> => {
    await uapiSet(this.#socketPath, [['listen_port', String(port)]]);
  };
}

export function plainDaemon(daemon: DaemonDescription): EngineAdapter {
  return {
    name: daemon.name,
    obfuscates: daemon.obfuscates,
    unavailable() {
      if (findProgram(daemon.name) === undefined) return `${daemon.name} is not on PATH`;
      if (daemon.configureThrough === 'wg' && findProgram('wg') === undefined) return 'wg is not on PATH';
      return undefined;
    },
    async version() {
      const text = await run(daemon.name, ['--version']);
      return text.split('\n')[0]?.trim() ?? '';
    },
    async start(scope: Scope, namespace: NetworkNamespace, settings: TunnelSettings) {
      const name = uniqueName('t');
      const process = namespace.spawn(daemon.name, [...daemon.args, name], daemon.env, scope);
      const socket = socketPath(daemon, name);
      await waitFor(`${daemon.name} to listen on ${socket}`, () => existsSync(socket), {
        explain: () => process.output,
      });
      await configure(daemon, name, settings);
      await bringUp(namespace, name, settings);
      return new PlainTunnel(name, process, socket);
    },
  };
}
