/** Whether a change can be carried out at all, as far as can be known without touching anything. */
import { formatEndpoint } from '../../protocol/address-text.ts';
import { KEY_BYTES } from '../../protocol/constants.ts';
import type { Endpoint } from '../../protocol/endpoint.ts';
import type { Prefix } from '../../protocol/engine-port.ts';
import { ObfuscationError } from '../../protocol/obfuscation/obfuscation-error.ts';
import type { BuiltProfile } from '../../protocol/obfuscation/parameters.ts';
import { buildProfile } from '../../protocol/obfuscation/parameters.ts';
import { keepaliveRange } from '../../protocol/timers/keepalive-interval.ts';
import { TunnelError } from '../../protocol/tunnel-error.ts';
import { DeviceError } from '../device-error.ts';
import type { DeviceParts } from '../device-parts.ts';
import { largestMtu } from '../mtu.ts';
import type { DeviceChange, PeerChange } from './device-change.ts';

const MAX_PORT = 0xffff;
const MAX_MARK = 0xffff_ffff;

/** What comes of a change beside what it says itself. */
export interface Outcome {
  /** Mark of our own datagrams. */
  readonly fwmark: number;
  /** Bytes, of the interface. */
  readonly mtu: number;
}

/**
 * @returns what the parameters amount to; undefined where they stay as they are
 * @throws DeviceError
 */
export function checkChange(
  change: DeviceChange,
  { fwmark: outcomeMark, mtu }: Outcome,
  parts: DeviceParts,
): BuiltProfile | undefined {
  const { privateKey, listenPort, fwmark, parameters, peers = [] } = change;
  checkKey('private key', privateKey);
  if (listenPort !== undefined && !isWhole(listenPort, MAX_PORT))
    throw new DeviceError('bad-port', `a port is a whole number up to ${MAX_PORT}, not ${listenPort}`);
  if (fwmark !== undefined && !isWhole(fwmark, MAX_MARK))
    throw new DeviceError('bad-fwmark', `a mark is a whole number of 32 bits, not ${fwmark}`);
  for (const peer of peers) checkPeer(peer);
  checkRoom(peers, parts);
  checkStreams(change, outcomeMark, parts);
  return parameters && checkParameters(parameters, mtu);
}

function checkPeer(peer: PeerChange): void {
  const { publicKey, presharedKey, endpoint, persistentKeepalive } = peer;
  checkKey('public key', publicKey);
  checkKey('preshared key', presharedKey);
  if (endpoint !== undefined) checkEndpoint(endpoint);
  for (const { endpoint: way } of peer.carriers ?? []) checkEndpoint(way);
  if (persistentKeepalive !== undefined) checkKeepalive(persistentKeepalive);
  for (const prefix of [...(peer.addAllowedIps ?? []), ...(peer.removeAllowedIps ?? [])]) checkPrefix(prefix);
}

/** There may be none to check. */
function checkKey(what: string, key: Uint8Array | null | undefined): void {
  if (key instanceof Uint8Array && key.length !== KEY_BYTES)
    throw new DeviceError('bad-key', `a ${what} has ${KEY_BYTES} bytes, not ${key.length}`);
}

function checkEndpoint(endpoint: Endpoint): void {
  if (!isAddress(endpoint.address))
    throw new DeviceError('bad-endpoint', `an address has 4 or 16 bytes, not ${endpoint.address.length}`);
  if (!isWhole(endpoint.port, MAX_PORT))
    throw new DeviceError('bad-endpoint', `"${formatEndpoint(endpoint)}": a port is a whole number up to ${MAX_PORT}`);
}

function checkPrefix({ address, length }: Prefix): void {
  if (!isAddress(address) || !isWhole(length, address.length * 8))
    throw new DeviceError('bad-prefix', `an address of ${address.length} bytes has no prefix of ${length} bits`);
}

function checkKeepalive(seconds: Parameters<typeof keepaliveRange>[0]): void {
  try {
    keepaliveRange(seconds);
  } catch (error) {
    if (error instanceof TunnelError) throw new DeviceError('bad-keepalive', error.message, { cause: error });
    throw error;
  }
}

/** Those that are removed in the same change leave their places only later. */
function checkRoom(peers: readonly PeerChange[], { tunnel }: DeviceParts): void {
  const added = new Set<string>();
  for (const { publicKey, remove, updateOnly } of peers) {
    if (remove === true || updateOnly === true || tunnel.find(publicKey) !== undefined) continue;
    added.add(Buffer.from(publicKey).toString('latin1'));
  }
  const room = tunnel.roomForPeers;
  if (added.size > room)
    throw new DeviceError('too-many-peers', `there is room for ${room} more peers, not for ${added.size}`);
}

/** The data plane is started with the way to the streams, and those who make them with our mark. */
function checkStreams({ peers = [] }: DeviceChange, fwmark: number, { carriers, state }: DeviceParts): void {
  if (carriers.hasStreams) {
    if (fwmark === state.fwmark) return;
    throw new DeviceError('needs-restart', 'the mark cannot change while streams are in use');
  }
  if (peers.some((peer) => (peer.carriers ?? []).length > 0))
    throw new DeviceError('needs-restart', 'this tunnel was brought up without streams, and none can be added to it');
}

function checkParameters(parameters: Parameters<typeof buildProfile>[0], mtu: number): BuiltProfile {
  try {
    const built = buildProfile(parameters);
    const largest = largestMtu(built.profile.transport.prefix);
    if (mtu <= largest) return built;
    throw new DeviceError(
      'bad-parameters',
      `the MTU is ${mtu}, and with this S4 no more than ${largest} fits a datagram`,
    );
  } catch (error) {
    if (error instanceof ObfuscationError) throw new DeviceError('bad-parameters', error.message, { cause: error });
    throw error;
  }
}

function isAddress(address: Uint8Array): boolean {
  return address.length === 4 || address.length === 16;
}

function isWhole(value: number, maximum: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= maximum;
}
