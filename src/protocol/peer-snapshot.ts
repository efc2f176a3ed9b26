/** A peer as its owner is shown it, and as its owner would describe it. */
import { isAllZero } from './bytes.ts';
import type { Prefix, TrafficRecord } from './engine-port.ts';
import type { Peer } from './peer.ts';
import { plainKeepalive } from './timers/keepalive-interval.ts';
import type { PeerConfig, PeerSnapshot } from './tunnel-options.ts';

/** Holds no secret. */
export function snapshotOf(
  peer: Peer,
  { receivedBytes, sentBytes }: TrafficRecord,
  allowedIps: readonly Prefix[],
): PeerSnapshot {
  const { id, publicKey, endpoint, lastHandshake } = peer;
  return {
    id,
    publicKey,
    hasPresharedKey: !isAllZero(peer.presharedKey),
    endpoint,
    allowedIps,
    lastHandshake,
    persistentKeepalive: plainKeepalive(peer.persistentKeepalive),
    receivedBytes,
    sentBytes,
  };
}

/** Holds a copy of the preshared key. */
export function configOf(peer: Peer, allowedIps: readonly Prefix[]): PeerConfig {
  const { publicKey, presharedKey, endpoint } = peer;
  return {
    publicKey,
    ...(isAllZero(presharedKey) ? {} : { presharedKey: Uint8Array.from(presharedKey) }),
    ...(endpoint === undefined ? {} : { endpoint }),
    allowedIps,
    persistentKeepalive: plainKeepalive(peer.persistentKeepalive),
  };
}
