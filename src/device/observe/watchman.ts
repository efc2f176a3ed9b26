/**
 * Looks at counters every few seconds and tells of what no single event shows: that a peer has become silent
 * or is heard again, and that packets are being dropped in masses. Looks only while somebody listens.
 */
import type { DropReason } from '../../protocol/drop-reason.ts';
import type { PeerId, TrafficRecord } from '../../protocol/engine-port.ts';
import type { Instant } from '../../protocol/time.ts';
import type { DeviceNews } from './device-event.ts';

/** What the watchman sees of a device. */
export interface WatchmanView {
  readonly now: Instant;
  readonly drops: ReadonlyMap<DropReason, number>;
  /** With whether handshakes have been given up. */
  readonly peers: Iterable<{
    readonly id: PeerId;
    readonly publicKey: Uint8Array;
    readonly gaveUp: boolean;
    readonly traffic: TrafficRecord;
  }>;
}

export const LOOK_INTERVAL_MS = 2000;
/** The peer's keepalive is due after ten seconds, and a new handshake of ours after fifteen. */
const SILENT_AFTER_MS = 20_000;
/** Within one look; a few are the daily life of a network. */
const STORM_PACKETS = 1000;
/** A storm that goes on is told of again after this. */
const STORM_AGAIN_MS = 60_000;

export class Watchman {
  readonly #tell: (news: DeviceNews) => void;
  /** Since when each silent peer has been; BOUNDED by MAX_PEERS. */
  #silent = new Map<PeerId, Instant>();
  #drops: ReadonlyMap<DropReason, number> | undefined;
  #lookedAt = 0 as Instant;
  /** BOUNDED by the drop reasons. */
  readonly #stormAt = new Map<DropReason, Instant>();

  constructor(tell: (news: DeviceNews) => void) {
    this.#tell = tell;
  }

  look(view: WatchmanView): void {
    this.#lookAtPeers(view);
    this.#lookAtDrops(view);
  }

  /** Nobody has listened for a while: what happened meanwhile is not told afterwards. */
  reset(): void {
    this.#drops = undefined;
    this.#silent.clear();
  }

  #lookAtPeers({ now, peers }: WatchmanView): void {
    /** Those who are gone are forgotten. */
    const silent = new Map<PeerId, Instant>();
    for (const { id, publicKey, gaveUp, traffic } of peers) {
      const unanswered = traffic.dataSentUnanswered;
      const known = this.#silent.get(id);
      const isHeard = known !== undefined && traffic.authenticatedReceivedLast > known;
      const waited = unanswered === 0 ? 0 : now - unanswered;
      if (isHeard) this.#tell({ kind: 'alive', peer: publicKey });
      else if (known !== undefined) silent.set(id, known);
      else if (gaveUp || waited >= SILENT_AFTER_MS) {
        silent.set(id, now);
        this.#tell({ kind: 'silent', peer: publicKey, forMilliseconds: Math.round(waited) });
      }
    }
    this.#silent = silent;
  }

  #lookAtDrops({ now, drops }: WatchmanView): void {
    const before = this.#drops;
    for (const [reason, count] of before === undefined ? [] : drops) {
      const packets = count - (before?.get(reason) ?? 0);
      const last = this.#stormAt.get(reason);
      if (packets < STORM_PACKETS || (last !== undefined && now - last < STORM_AGAIN_MS)) continue;
      this.#stormAt.set(reason, now);
      this.#tell({ kind: 'drop-storm', reason, packets, withinMilliseconds: Math.round(now - this.#lookedAt) });
    }
    this.#drops = drops;
    this.#lookedAt = now;
  }
}
