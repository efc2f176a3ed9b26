/** A device at one moment, for `show` and for monitoring. Holds no secret. */

import type { DropReason } from '../protocol/drop-reason.ts';
import { DROP_REASONS } from '../protocol/drop-reason.ts';
import type { PeerId } from '../protocol/engine-port.ts';
import type { Profile } from '../protocol/obfuscation/profile.ts';
import type { TimingPolicy } from '../protocol/timers/timing.ts';
import type { PeerSnapshot } from '../protocol/tunnel-options.ts';
import type { StreamStatistics } from '../transport/stream/stream-hub.ts';
import type { StreamListenOptions } from '../transport/stream/stream-target.ts';
import type { PeerCarrier } from './carriers/peer-carrier.ts';
import type { DeviceInfo, DeviceParts } from './device-parts.ts';
import { infoOf } from './device-parts.ts';

export interface DeviceSnapshot {
  readonly info: DeviceInfo;
  /** 32 bytes, all zero while there is no private key. */
  readonly publicKey: Uint8Array;
  readonly profile: Profile;
  /** What differs from plain WireGuard, milliseconds. */
  readonly timing: Partial<TimingPolicy>;
  readonly peers: readonly PeerSnapshot[];
  /** Packets that went no further, since the start, by reason; reasons that never occurred are left out. */
  readonly drops: ReadonlyMap<DropReason, number>;
  /** What carries each peer that is somewhere. */
  readonly carriers: ReadonlyMap<PeerId, PeerCarrier>;
  readonly listeners: readonly StreamListenOptions[];
  /** Undefined where no stream is ever opened or accepted. */
  readonly streams: StreamStatistics | undefined;
}

export function takeSnapshot(parts: DeviceParts): DeviceSnapshot {
  const { state, tunnel, engine, carriers } = parts;
  const { publicKey, peers } = tunnel.snapshot();
  const { profile, timing, settings } = state;
  return {
    info: infoOf(parts),
    publicKey,
    profile,
    timing,
    peers,
    drops: addDrops(tunnel.drops, engine.counters().drops),
    carriers: new Map(peers.map((peer) => [peer.id, carriers.statusOf(peer)])),
    listeners: settings.streamListeners ?? [],
    streams: carriers.statistics(),
  };
}

/** The core and the engine each count what they drop, over the same list of reasons. */
export function addDrops(core: readonly number[], engine: readonly number[]): ReadonlyMap<DropReason, number> {
  const sums = DROP_REASONS.map((reason, index): [DropReason, number] => [
    reason,
    (core[index] ?? 0) + (engine[index] ?? 0),
  ]);
  return new Map(sums.filter(([, count]) => count > 0));
}
