/** Single facts about a tunnel for scripts, one line each, as `wg show IF FIELD` and `awg show IF FIELD` print them. */
import type { InterfaceState, PeerState, Values } from '../../control/uapi/interface-state.ts';
import { AWG_DEFAULTS, isPlain, keyOf, numberOf, publicKeyOf } from '../../control/uapi/interface-state.ts';

const NONE = '(none)';

type InterfaceField = (state: InterfaceState) => string;

/** Columns behind the public key. */
type PeerField = (peer: PeerState) => readonly string[];

const privateKey: InterfaceField = ({ values }) => keyOf(values, 'private_key') ?? NONE;
const publicKey: InterfaceField = (state) => publicKeyOf(state) ?? NONE;
const listenPort: InterfaceField = ({ values }) => `${numberOf(values, 'listen_port')}`;

const INTERFACE_FIELDS: ReadonlyMap<string, InterfaceField> = new Map([
  ['public-key', publicKey],
  ['private-key', privateKey],
  ['listen-port', listenPort],
  ['fwmark', fwmark],
  ...[...AWG_DEFAULTS.keys()].map((key) => [fieldName(key), awgField(key)] as const),
]);

const PEER_FIELDS: ReadonlyMap<string, PeerField> = new Map<string, PeerField>([
  ['peers', () => []],
  ['preshared-keys', (peer) => [presharedKey(peer)]],
  ['endpoints', (peer) => [endpoint(peer)]],
  ['allowed-ips', (peer) => [allowedIps(peer, ' ')]],
  ['latest-handshakes', (peer) => [latestHandshake(peer)]],
  ['transfer', transfer],
  ['persistent-keepalive', (peer) => [keepalive(peer)]],
]);

/** The only way in which `awg` has it. */
const MISSPELT = new Map([['max-handshake-attemps', 'max-handshake-attempts']]);

export const FIELDS: readonly string[] = [
  ...INTERFACE_FIELDS.keys(),
  ...PEER_FIELDS.keys(),
  'dump',
  ...MISSPELT.keys(),
];

/** @param withName whether each line begins with the name of the interface */
export function fieldLines(field: string, state: InterfaceState, withName: boolean): string {
  const prefix = withName ? [state.name] : [];
  return rows(MISSPELT.get(field) ?? field, state)
    .map((columns) => `${[...prefix, ...columns].join('\t')}\n`)
    .join('');
}

function rows(field: string, state: InterfaceState): ReadonlyArray<readonly string[]> {
  if (field === 'dump') return [dumpInterface(state), ...state.peers.map(dumpPeer)];
  const ofInterface = INTERFACE_FIELDS.get(field);
  if (ofInterface !== undefined) return [[ofInterface(state)]];
  const ofPeer = PEER_FIELDS.get(field) ?? (() => []);
  return state.peers.map((peer) => [peerKey(peer), ...ofPeer(peer)]);
}

/** Tools for WireGuard count the columns, so those of AmneziaWG are there only where they say something. */
function dumpInterface(state: InterfaceState): readonly string[] {
  const awg = isPlain(state) ? [] : DUMPED_AWG_KEYS.map((key) => awgField(key)(state));
  return [privateKey(state), publicKey(state), listenPort(state), ...awg, fwmark(state)];
}

/** `awg` does not know those of AWG 1.5. */
const DUMPED_AWG_KEYS = [...AWG_DEFAULTS.keys()].filter((key) => !/^j[123]$|^itime$/.test(key));

function dumpPeer(peer: PeerState): readonly string[] {
  return [
    peerKey(peer),
    presharedKey(peer),
    endpoint(peer),
    allowedIps(peer, ','),
    latestHandshake(peer),
    ...transfer(peer),
    keepalive(peer),
  ];
}

function fwmark({ values }: InterfaceState): string {
  return fwmarkText(numberOf(values, 'fwmark')) ?? 'off';
}

/** Undefined for none. */
export function fwmarkText(mark: number): string | undefined {
  return mark === 0 ? undefined : `0x${mark.toString(16)}`;
}

function awgField(key: string): InterfaceField {
  return ({ values }) => awgText(key, values);
}

function awgText(key: string, values: Values): string {
  const value = values.get(key);
  if (/^[ij]\d$/.test(key)) return value ?? '(null)';
  if (key === 'header_protection_key') return keyOf(values, key) ?? NONE;
  if (key === 'random_trailers' || key === 'disable_cookies') return switchText(value);
  return value ?? '0';
}

export function switchText(value: string | undefined): string {
  return value === '1' ? 'on' : 'off';
}

export function peerKey({ values }: PeerState): string {
  return keyOf(values, 'public_key') ?? Buffer.alloc(32).toString('base64');
}

function presharedKey({ values }: PeerState): string {
  return keyOf(values, 'preshared_key') ?? NONE;
}

function endpoint({ values }: PeerState): string {
  return values.get('endpoint') ?? NONE;
}

function allowedIps(peer: PeerState, separator: string): string {
  return peer.allowedIps.length === 0 ? NONE : peer.allowedIps.join(separator);
}

function latestHandshake({ values }: PeerState): string {
  return values.get('last_handshake_time_sec') ?? '0';
}

function transfer({ values }: PeerState): readonly string[] {
  return [values.get('rx_bytes') ?? '0', values.get('tx_bytes') ?? '0'];
}

function keepalive({ values }: PeerState): string {
  const seconds = values.get('persistent_keepalive_interval') ?? '0';
  return seconds === '0' ? 'off' : seconds;
}

function fieldName(key: string): string {
  return key.replaceAll('_', '-');
}
