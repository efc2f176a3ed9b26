/** A device at one moment, with what its users alone would not ask for: for metrics and diagnosis. Holds no secret. */
import type { EngineCounters } from '../../dataplane/engine.ts';
import type { PeerId, TrafficRecord } from '../../protocol/engine-port.ts';
import type { Moment } from '../../protocol/time.ts';
import type { DeviceParts } from '../device-parts.ts';
import type { DeviceSnapshot } from '../device-snapshot.ts';
import { addDrops, takeSnapshot } from '../device-snapshot.ts';
import type { PeerHistory } from './peer-histories.ts';
import type { WatchmanView } from './watchman.ts';

export interface DeviceObservation extends DeviceSnapshot {
  /** When this was true. */
  readonly at: Moment;
  /** What the data plane saw of each peer; instants are on the clock of `at.at`. */
  readonly traffic: ReadonlyMap<PeerId, TrafficRecord>;
  readonly histories: ReadonlyMap<PeerId, PeerHistory>;
  readonly counters: EngineCounters;
}

export function observeDevice(parts: DeviceParts): DeviceObservation {
  const { platform, engine, observer } = parts;
  const snapshot = takeSnapshot(parts);
  return {
    ...snapshot,
    at: platform.clock(),
    traffic: new Map(snapshot.peers.map(({ id }) => [id, engine.ledger.read(id)])),
    histories: new Map(snapshot.peers.map(({ id }) => [id, observer.histories.of(id)])),
    counters: engine.counters(),
  };
}

/** What a watchman looks at. */
export function viewOf({ platform, tunnel, engine, keys, observer }: DeviceParts): WatchmanView {
  const peers = Array.from(keys, ([id, publicKey]) => {
    return { id, publicKey, gaveUp: observer.histories.of(id).gaveUp, traffic: engine.ledger.read(id) };
  });
  return { now: platform.clock().at, drops: addDrops(tunnel.drops, engine.counters().drops), peers };
}
