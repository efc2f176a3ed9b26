/** What a running device consists of, and the part of it that changes while it runs. */
import type { PeerId } from '../protocol/engine-port.ts';
import type { Profile } from '../protocol/obfuscation/profile.ts';
import type { TimingPolicy } from '../protocol/timers/timing.ts';
import type { Tunnel } from '../protocol/tunnel.ts';
import type { DeviceCarriers } from './carriers/device-carriers.ts';
import type { CoreDriver } from './core-driver.ts';
import type { DevicePlatform, DevicePorts, NetworkControl, RunningEngine } from './device-platform.ts';
import type { DeviceSettings } from './device-settings.ts';
import type { DeviceNetwork } from './live/device-network.ts';
import type { DeviceObserver } from './observe/device-observer.ts';
import type { PacketFilter } from './packet-filter.ts';

export interface DeviceParts {
  readonly state: DeviceState;
  readonly platform: DevicePlatform;
  /** For looking; changes go through `network`. */
  readonly control: NetworkControl;
  readonly interfaceIndex: number;
  readonly ports: DevicePorts;
  readonly network: DeviceNetwork;
  readonly filter: Pick<PacketFilter, 'follow'>;
  readonly carriers: DeviceCarriers;
  readonly engine: RunningEngine;
  readonly tunnel: Tunnel;
  readonly driver: CoreDriver<Tunnel>;
  readonly keys: PeerKeys;
  readonly observer: DeviceObserver;
}

/** Which key a peer's id stands for, in the order in which they were added. BOUNDED by MAX_PEERS. */
export type PeerKeys = Map<PeerId, Uint8Array>;

export interface DeviceState {
  /** As the device was opened, or as it last adopted them. */
  settings: DeviceSettings;
  profile: Profile;
  /** What differs from plain WireGuard, milliseconds. */
  timing: Partial<TimingPolicy>;
  /** Mark of our own datagrams, 0 = none. */
  fwmark: number;
}

/** What the device found and chose. */
export interface DeviceInfo {
  readonly name: string;
  readonly mtu: number;
  readonly listenPort: number;
  /** Mark of our own datagrams, 0 = none; chosen here when a default route needs one. */
  readonly fwmark: number;
  /** Name of the AEAD implementation in use. */
  readonly kernel: string;
  /** Data-plane threads. */
  readonly workers: number;
  /** One line each. */
  readonly interfaceCapabilities: string;
  readonly socketCapabilities: string;
}

export function infoOf({ ports, network, engine, state }: DeviceParts): DeviceInfo {
  const { interfaceName: name, listenPort, interfaceCapabilities, socketCapabilities } = ports;
  const { kernel, workers } = engine.info;
  const { fwmark } = state;
  return { name, mtu: network.mtu, listenPort, fwmark, kernel, workers, interfaceCapabilities, socketCapabilities };
}
