/**
 * What a device needs from the operating system, as an interface, so that the same `Device` runs on
 * Linux and, in tests, on nothing at all.
 */
import type { Engine, EngineListener } from '../dataplane/engine.ts';
import type { KernelName } from '../kernels/kernel.ts';
import type { Endpoint } from '../protocol/endpoint.ts';
import type { Prefix } from '../protocol/engine-port.ts';
import type { Profile } from '../protocol/obfuscation/profile.ts';
import type { Moment } from '../protocol/time.ts';
import type { StreamHandle } from '../transport/stream/stream-handle.ts';
import type { EchoHearing } from './carriers/echo-hearing.ts';
import type { StreamOptions, StreamService } from './carriers/stream-service.ts';
import type { RouteControl } from './policy-routing.ts';

export interface DevicePlatform {
  readonly clock: () => Moment;
  openNetwork(): NetworkControl;
  /** Creates the interface, down, and binds the UDP sockets; both or neither. */
  openPorts(options: PortOptions): DevicePorts;
  /** What opens and accepts streams; only asked for where there is one to open or to accept. */
  startStreams(options: StreamOptions): Promise<StreamService>;
  /** Hears what answers echo requests through this interface, until closed. Throws where that is not permitted. */
  hearEchoes(interfaceIndex: number): EchoHearing;
}

export interface PortOptions {
  readonly interfaceName: string;
  readonly mtu: number;
  /** UDP, 0 = any. */
  readonly listenPort: number;
  /** Mark of outgoing datagrams, 0 = none. */
  readonly fwmark: number;
}

/** The two ends of the data plane: an interface for inner packets, sockets for datagrams. */
export interface DevicePorts {
  readonly interfaceName: string;
  readonly listenPort: number;
  /** One line each for the log: what they can do. */
  readonly interfaceCapabilities: string;
  readonly socketCapabilities: string;
  startEngine(options: EngineOptions): Promise<RunningEngine>;
  /** Closes the sockets and removes the interface, with its addresses and routes. After the engine's end. */
  close(): void;
}

/** Data-plane threads: one for both directions, one for each, or as suits the machine. */
export type WorkerCount = 'auto' | 1 | 2;

export interface EngineOptions {
  readonly profile: Profile;
  readonly maxPeers: number;
  /** AEAD implementation to use instead of the fastest. */
  readonly kernel: KernelName | undefined;
  readonly workers: WorkerCount;
  /** The way to the streams; none by default. */
  readonly stream?: StreamHandle;
  readonly listener: EngineListener;
}

/** An engine that says what it found out about the machine. */
export interface RunningEngine extends Engine {
  readonly info: { readonly kernel: string; readonly workers: number };
}

/** Addresses, links and routes of this network namespace. Failures are errors that say what was attempted. */
export interface NetworkControl extends RouteControl {
  linkIndex(name: string): number;
  setLink(index: number, change: { readonly up?: boolean }): void;
  addAddress(index: number, address: Prefix): void;
  /** Whether this namespace does IPv6 at all; an administrator may have switched it off. */
  hasIpv6(): boolean;
  /** Bytes that fit the path to an endpoint, as far as this machine knows; undefined without a route. */
  pathMtu(endpoint: Endpoint): number | undefined;
  /** Which network this machine is in, apart from its tunnel; undefined while that cannot be told. */
  identity(tunnelIndex: number): string | undefined;
  close(): void;
}
