/**
 * What a device needs from the operating system, as an interface, so that the same `Device` runs on
 * Linux and, in tests, on nothing at all.
 */
import type { CaptureMemory } from '../dataplane/capture/capture-ring.ts';
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
  /** Milliseconds that the machine has slept since it was started. */
  readonly slept: () => number;
  openNetwork(): NetworkControl;
  /** Creates the interface, down, and binds the UDP sockets; both or neither. */
  openPorts(options: PortOptions): DevicePorts;
  /** What opens and accepts streams; only asked for where there is one to open or to accept. */
  startStreams(options: StreamOptions): Promise<StreamService>;
  /** Hears what answers echo requests through this interface, until closed. Throws where that is not permitted. */
  hearEchoes(interfaceIndex: number): EchoHearing;
  /** Calls whenever links, addresses or routes may have changed, until closed. Throws SystemCallError. */
  watchNetwork(onChange: () => void): { close(): void };
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
  /** Opens sockets on another port, beside those in use. Throws SystemCallError, EADDRINUSE among others. */
  openSockets(listenPort: number, fwmark: number): FreshSockets;
  /** Marks what leaves by the sockets in use from now on; 0 ends it. Throws SystemCallError EPERM. */
  setFwmark(fwmark: number): void;
  /** Closes the sockets and removes the interface, with its addresses and routes. After the engine's end. */
  close(): void;
}

/** Sockets that are bound and not in use yet. One of the two is called, once. */
export interface FreshSockets {
  readonly listenPort: number;
  /** From now on these are the sockets. Throws SystemCallError, and then nothing has changed. */
  take(): void;
  discard(): void;
}

/** Data-plane threads: one for both directions, one for each and those that help them, or as suits the machine. */
export type WorkerCount = 'auto' | number;

/** BOUNDS what a large number can cost; more have nothing to do. */
export const MAX_WORKERS = 16;

export interface EngineOptions {
  readonly profile: Profile;
  readonly maxPeers: number;
  /** AEAD implementation to use instead of the fastest. */
  readonly kernel: KernelName | undefined;
  readonly workers: WorkerCount;
  /** The way to the streams; none by default. */
  readonly stream?: StreamHandle;
  /** Where packets are recorded, one for each worker. */
  readonly capture?: CaptureMemories;
  readonly listener: EngineListener;
}

export type CaptureMemories = readonly [CaptureMemory, CaptureMemory];

/** An engine that says what it found out about the machine. */
export interface RunningEngine extends Engine {
  readonly info: { readonly kernel: string; readonly workers: number };
  /** The interface has another MTU, in bytes. */
  setMtu(mtu: number): void;
}

/** Addresses, links and routes of this network namespace. Failures are errors that say what was attempted. */
export interface NetworkControl extends RouteControl {
  linkIndex(name: string): number;
  setLink(index: number, change: { readonly up?: boolean; readonly mtu?: number }): void;
  /** Bytes. */
  linkMtu(index: number): number;
  /** Whether the interface is up, as an administrator sees it. */
  isUp(index: number): boolean;
  addAddress(index: number, address: Prefix): void;
  deleteAddress(index: number, address: Prefix): void;
  listAddresses(index: number): readonly Prefix[];
  deleteRoute(route: { readonly prefix: Prefix; readonly interfaceIndex: number; readonly table?: number }): void;
  /** Whether this namespace does IPv6 at all; an administrator may have switched it off. */
  hasIpv6(): boolean;
  /**
   * Bytes that fit the path to an endpoint, as far as this machine knows; undefined without a route.
   * Routes into the tunnel do not count.
   */
  pathMtu(endpoint: Endpoint, tunnelIndex?: number): number | undefined;
  /**
   * The way that datagrams with this mark take to an endpoint: equal texts are the same way from the same
   * address. Undefined where there is none.
   */
  pathTo(endpoint: Endpoint, fwmark: number): string | undefined;
  /** Which network this machine is in, apart from its tunnel; undefined while that cannot be told. */
  identity(tunnelIndex: number): string | undefined;
  close(): void;
}
