/** One way of running a tunnel end, so that tests and the bench can treat all implementations alike. */
import type { BackgroundProcess } from '../command.ts';
import type { NetworkNamespace } from '../network-namespace.ts';
import type { Scope } from '../scope.ts';
import type { PeerStatus, TunnelSettings } from '../tunnel-settings.ts';

export interface EngineAdapter {
  readonly name: string;
  /** Speaks AmneziaWG, not only WireGuard. */
  readonly obfuscates: boolean;
  /** Why it cannot run here, or undefined when it can. */
  unavailable(): string | undefined;
  /** What `--version` says, or how it names itself. */
  version(): Promise<string>;
  /** Resolves when the interface is up with addresses and routes and the daemon is configured. */
  start(scope: Scope, namespace: NetworkNamespace, settings: TunnelSettings): Promise<RunningTunnel>;
}

export interface RunningTunnel {
  readonly interfaceName: string;
  readonly process: BackgroundProcess;
  peers(): Promise<PeerStatus[]>;
  /** Moves to another UDP port without forgetting sessions; undefined where the engine has no such command. */
  readonly setListenPort: ((port: number) => Promise<void>) | undefined;
}

/** The only peer of a tunnel, as tests with two ends need it. */
export async function onlyPeer(tunnel: RunningTunnel): Promise<PeerStatus> {
  const [peer, ...others] = await tunnel.peers();
  if (peer === undefined || others.length > 0) throw new Error(`expected one peer on ${tunnel.interfaceName}`);
  return peer;
}
