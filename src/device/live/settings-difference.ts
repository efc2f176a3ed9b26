/**
 * What has to change so that a running device is as settings say. Compared is with what runs, whoever
 * made it so; but where a peer is, is learnt, so an endpoint counts only where the settings themselves
 * have another one than before.
 */
import { isDeepStrictEqual } from 'node:util';
import { formatPrefix, maskPrefix } from '../../protocol/address-text.ts';
import { isAllZero, toHex } from '../../protocol/bytes.ts';
import { sameEndpoint } from '../../protocol/endpoint.ts';
import type { Prefix } from '../../protocol/engine-port.ts';
import { parametersOf } from '../../protocol/obfuscation/parameters-of.ts';
import { DeviceError } from '../device-error.ts';
import type { DevicePeer, DeviceSettings } from '../device-settings.ts';
import { tunnelNetworks } from '../masquerade.ts';
import type { DeviceChange, DeviceConfiguration, PeerChange, PeerConfiguration } from './device-change.ts';

/**
 * @param former what the device had to be like before
 * @throws DeviceError 'needs-restart', with everything that cannot change while it runs
 */
export function differenceTo(
  wanted: DeviceSettings,
  former: DeviceSettings,
  running: DeviceConfiguration,
): DeviceChange {
  refuseUnchangeable(wanted, former);
  const peers = peerChanges(wanted, former, running);
  const { privateKey, listenPort, profile, timing = {} } = wanted;
  const parameters = parametersOf(profile, timing);
  return {
    // The same key again changes nothing.
    privateKey: privateKey ?? null,
    ...(isSamePort(listenPort, former.listenPort, running.listenPort) ? {} : { listenPort }),
    ...(isDeepStrictEqual(parameters, running.parameters) ? {} : { parameters }),
    ...(peers.length === 0 ? {} : { peers }),
  };
}

function refuseUnchangeable(wanted: DeviceSettings, former: DeviceSettings): void {
  const reasons: string[] = [];
  if (wanted.name !== former.name) reasons.push(`the name of the interface ("${former.name}", now "${wanted.name}")`);
  if (!isDeepStrictEqual(wanted.streamListeners ?? [], former.streamListeners ?? []))
    reasons.push('where streams are accepted, or with which certificate');
  if (!isDeepStrictEqual(networksBehindNat(wanted), networksBehindNat(former)))
    reasons.push('NAT, and the networks that it is for');
  if (reasons.length === 0) return;
  const what = reasons.join('; ');
  throw new DeviceError(
    'needs-restart',
    `this cannot change while the tunnel is up: ${what}. Nothing was changed; take the tunnel down and up again`,
  );
}

function networksBehindNat({ masquerade = false, addresses }: DeviceSettings): string[] {
  return masquerade ? tunnelNetworks(addresses).map(formatPrefix).sort() : [];
}

function peerChanges(wanted: DeviceSettings, former: DeviceSettings, running: DeviceConfiguration): PeerChange[] {
  const [present, before] = [byKey(running.peers), byKey(former.peers)];
  const wantedKeys = byKey(wanted.peers);
  const removals = running.peers
    .filter(({ publicKey }) => !wantedKeys.has(toHex(publicKey)))
    .map(({ publicKey }): PeerChange => ({ publicKey, remove: true }));
  const changes = wanted.peers.flatMap((peer) => {
    const key = toHex(peer.publicKey);
    return peerChange(peer, before.get(key), present.get(key));
  });
  return [...removals, ...changes];
}

/** None where nothing has changed. */
function peerChange(
  wanted: DevicePeer,
  former: DevicePeer | undefined,
  running: PeerConfiguration | undefined,
): PeerChange[] {
  const { publicKey, presharedKey, endpoint, allowedIps, persistentKeepalive, carriers = [] } = wanted;
  const isElsewhere =
    endpoint !== undefined && (former?.endpoint === undefined || !sameEndpoint(former.endpoint, endpoint));
  const change: Omit<PeerChange, 'publicKey'> = {
    ...(isSameSecret(presharedKey, running?.presharedKey) ? {} : { presharedKey: presharedKey ?? null }),
    ...(isElsewhere || (endpoint !== undefined && running === undefined) ? { endpoint } : {}),
    ...(isDeepStrictEqual(persistentKeepalive, running?.persistentKeepalive ?? 0) ? {} : { persistentKeepalive }),
    ...(areSamePrefixes(allowedIps, running?.allowedIps ?? [])
      ? {}
      : { replaceAllowedIps: true, addAllowedIps: allowedIps }),
    ...(isDeepStrictEqual(carriers, running?.carriers ?? []) ? {} : { carriers }),
  };
  return running !== undefined && Object.keys(change).length === 0 ? [] : [{ publicKey, ...change }];
}

function byKey<Peer extends { readonly publicKey: Uint8Array }>(peers: readonly Peer[]): Map<string, Peer> {
  return new Map(peers.map((peer) => [toHex(peer.publicKey), peer]));
}

/** No key and one of zeros are the same. */
function isSameSecret(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  const [isNone, otherIsNone] = [a === undefined || isAllZero(a), b === undefined || isAllZero(b)];
  return isNone || otherIsNone ? isNone === otherIsNone : isDeepStrictEqual(a, b);
}

/** Whatever port it is, it stays, as long as any will do. */
function isSamePort(wanted: number, former: number, running: number): boolean {
  return wanted === running || (wanted === 0 && former === 0);
}

function areSamePrefixes(a: readonly Prefix[], b: readonly Prefix[]): boolean {
  const [texts, others] = [a, b].map((list) => new Set(list.map((prefix) => formatPrefix(maskPrefix(prefix)))));
  return texts.size === others.size && [...texts].every((text) => others.has(text));
}
