/**
 * The peer part of a change, carried out on the core. Everything has been checked before, so nothing
 * fails here. Carriers come after the core: they steer it themselves.
 */

import { formatPrefix, maskPrefix } from '../../protocol/address-text.ts';
import { equalBytes } from '../../protocol/bytes.ts';
import type { PeerId, Prefix } from '../../protocol/engine-port.ts';
import type { Moment } from '../../protocol/time.ts';
import type { Tunnel } from '../../protocol/tunnel.ts';
import type { DeviceCarriers } from '../carriers/device-carriers.ts';
import type { PeerKeys } from '../device-parts.ts';
import type { DeviceObserver } from '../observe/device-observer.ts';
import type { DeviceChange, PeerChange } from './device-change.ts';

export interface PeerChangeParts {
  readonly core: Tunnel;
  readonly keys: PeerKeys;
  readonly carriers: DeviceCarriers;
  readonly observer: Pick<DeviceObserver, 'forget'>;
  readonly now: Moment;
}

export class PeerChanges {
  readonly #parts: PeerChangeParts;
  /** What is to be done when the core has its part. BOUNDED by the peers of one change. */
  readonly #afterwards: Array<() => void> = [];
  /** Peers that were there before, and now have other carriers. BOUNDED as the steps are. */
  readonly #rechosen: PeerId[] = [];

  constructor(parts: PeerChangeParts) {
    this.#parts = parts;
  }

  apply({ replacePeers, peers = [] }: DeviceChange): void {
    const { keys } = this.#parts;
    // A peer that is named again keeps its session, so none goes before all have been named.
    const doomed = new Set<PeerId>(replacePeers === true ? keys.keys() : []);
    for (const change of peers) this.#applyOne(change, doomed);
    for (const id of doomed) this.#remove(id);
  }

  /** After the core has been told everything. Returns the peers whose carriers have yet to be tried: by a handshake. */
  finish(): readonly PeerId[] {
    for (const step of this.#afterwards) step();
    return this.#rechosen;
  }

  #applyOne(change: PeerChange, doomed: Set<PeerId>): void {
    const { core } = this.#parts;
    const { publicKey } = change;
    if (core.identity !== undefined && equalBytes(core.identity.publicKey, publicKey)) return;
    const id = core.find(publicKey);
    const isGone = id === undefined || doomed.has(id);
    if (change.remove === true) {
      if (id !== undefined) this.#remove(id);
      if (id !== undefined) doomed.delete(id);
      return;
    }
    if (isGone && change.updateOnly === true) return;
    if (id === undefined) this.#add(change);
    else this.#update(id, doomed.delete(id) ? anew(change) : change);
  }

  #add(change: PeerChange): void {
    const { core, keys, now } = this.#parts;
    const publicKey = Uint8Array.from(change.publicKey);
    const { endpoint, presharedKey, addAllowedIps = [], persistentKeepalive = 0 } = change;
    const config = {
      publicKey,
      allowedIps: addAllowedIps,
      persistentKeepalive,
      ...(presharedKey instanceof Uint8Array ? { presharedKey } : {}),
      ...(endpoint === undefined ? {} : { endpoint }),
    };
    const id = core.addPeer(config, now);
    keys.set(id, publicKey);
    this.#choose(id, change);
  }

  #update(id: PeerId, change: PeerChange): void {
    const { core, now } = this.#parts;
    const { presharedKey, endpoint, persistentKeepalive } = change;
    if (presharedKey !== undefined) core.setPresharedKey(id, presharedKey ?? undefined);
    this.#choose(id, change);
    if (change.carriers !== undefined && change.carriers.length > 0) this.#rechosen.push(id);
    if (endpoint !== undefined) core.setEndpoint(id, endpoint);
    this.#changeAllowedIps(id, change);
    if (persistentKeepalive !== undefined) core.setPersistentKeepalive(id, persistentKeepalive, now);
  }

  #changeAllowedIps(id: PeerId, { replaceAllowedIps, addAllowedIps = [], removeAllowedIps = [] }: PeerChange): void {
    if (replaceAllowedIps !== true && addAllowedIps.length === 0 && removeAllowedIps.length === 0) return;
    const { core } = this.#parts;
    const present = replaceAllowedIps === true ? [] : core.configOf(id).allowedIps;
    const removed = new Set(removeAllowedIps.map(textOf));
    const kept = present.filter((prefix) => !removed.has(textOf(prefix)));
    core.setAllowedIps(id, [...kept, ...addAllowedIps]);
  }

  /** An endpoint of its own, or no carriers, ends the choice; the peer may roam again. */
  #choose(id: PeerId, { carriers, endpoint }: PeerChange): void {
    const parts = this.#parts;
    if (carriers !== undefined && carriers.length > 0) {
      this.#afterwards.push(() => parts.carriers.setPeer(choosingPeer(parts, id, carriers)));
    } else if ((carriers ?? endpoint) !== undefined && parts.carriers.candidatesOf(id).length > 0) {
      parts.carriers.removePeer(id);
      parts.core.pinEndpoint(id, false);
    }
  }

  #remove(id: PeerId): void {
    const { core, keys, carriers, observer, now } = this.#parts;
    carriers.removePeer(id);
    core.removePeer(id, now);
    keys.delete(id);
    observer.forget(id);
  }
}

/** With nothing left of what was said about it before. */
function anew(change: PeerChange): PeerChange {
  return { presharedKey: null, persistentKeepalive: 0, carriers: [], ...change, replaceAllowedIps: true };
}

function choosingPeer(
  { core, keys }: PeerChangeParts,
  id: PeerId,
  carriers: NonNullable<PeerChange['carriers']>,
): Parameters<DeviceCarriers['setPeer']>[0] {
  const { allowedIps, persistentKeepalive } = core.configOf(id);
  // The very array that settings have: it names the peer in events.
  return { id, publicKey: keys.get(id) as Uint8Array, carriers, allowedIps, persistentKeepalive };
}

function textOf(prefix: Prefix): string {
  return formatPrefix(maskPrefix(prefix));
}
