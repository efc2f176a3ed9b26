/** A tunnel for people, as `wg show` prints it, and with the lines of `awg show` where it is no plain WireGuard. */
import type { InterfaceState, PeerState } from '../../control/uapi/interface-state.ts';
import { AWG_DEFAULTS, isPlain, keyOf, numberOf, publicKeyOf } from '../../control/uapi/interface-state.ts';
import { agoText, bytesText, spanText } from '../human-text.ts';
import { fwmarkText, peerKey, switchText } from './fields.ts';
import type { Paint } from './paint.ts';
import { NO_PAINT } from './paint.ts';

export interface ShowOptions {
  /** Unix seconds, for "ago". */
  readonly now: number;
  /** Whether private and preshared keys are shown. */
  readonly withSecrets?: boolean;
  readonly paint?: Paint;
}

export function renderInterface(state: InterfaceState, options: ShowOptions): string {
  const { paint = NO_PAINT } = options;
  const peers = state.peers.toSorted((a, b) => handshakeOf(b) - handshakeOf(a));
  const style = { isAwg: !isPlain(state), options, paint };
  const head = block(paint.interfaceTitle(state.name), interfaceFields(state, style), paint);
  return [head, ...peers.map((peer) => renderPeer(peer, style))].join('\n');
}

interface Style {
  readonly isAwg: boolean;
  readonly options: ShowOptions;
  readonly paint: Paint;
}

type Field = readonly [name: string, value: string | undefined];

function interfaceFields(state: InterfaceState, { isAwg, options }: Style): Field[] {
  const { values } = state;
  const port = numberOf(values, 'listen_port');
  return [
    ['public key', publicKeyOf(state)],
    ['private key', masked(keyOf(values, 'private_key'), options)],
    ['listening port', port === 0 ? undefined : `${port}`],
    ['fwmark', fwmarkText(numberOf(values, 'fwmark'))],
    ...(isAwg ? [...AWG_DEFAULTS.keys()].map((key) => awgField(key, state)) : []),
  ];
}

/** The two switches are always there, the rest where it is not as in WireGuard. */
function awgField(key: string, { values }: InterfaceState): Field {
  const name = key.replaceAll('_', ' ');
  const value = values.get(key);
  if (value === '0' || value === '1') {
    if (key === 'random_trailers' || key === 'disable_cookies') return [name, switchText(value)];
  }
  if (key === 'header_protection_key') return [name, keyOf(values, key)];
  return [name, value === AWG_DEFAULTS.get(key) ? undefined : value];
}

function renderPeer(peer: PeerState, { isAwg, options, paint }: Style): string {
  const { values, allowedIps } = peer;
  const handshake = handshakeOf(peer);
  return block(
    paint.peerTitle(peerKey(peer)),
    [
      ['preshared key', masked(keyOf(values, 'preshared_key'), options)],
      ['endpoint', values.get('endpoint')],
      ['allowed ips', allowedIps.length === 0 ? '(none)' : paint.prefixes(allowedIps.join(', '))],
      ['latest handshake', handshake === 0 ? undefined : paint.units(agoText(options.now - handshake))],
      ['transfer', transferText(peer, paint)],
      ['persistent keepalive', keepaliveText(values.get('persistent_keepalive_interval'), isAwg, paint)],
    ],
    paint,
  );
}

function block(title: string, fields: readonly Field[], paint: Paint): string {
  const present = fields.filter(([, value]) => value !== undefined);
  return [title, ...present.map(([name, value]) => `  ${paint.label(name)}: ${value}`), ''].join('\n');
}

function masked(key: string | undefined, { withSecrets }: ShowOptions): string | undefined {
  return key !== undefined && withSecrets !== true ? '(hidden)' : key;
}

function handshakeOf({ values }: PeerState): number {
  return numberOf(values, 'last_handshake_time_sec');
}

function transferText({ values }: PeerState, paint: Paint): string | undefined {
  const [received, sent] = [numberOf(values, 'rx_bytes'), numberOf(values, 'tx_bytes')];
  if (received === 0 && sent === 0) return undefined;
  return paint.units(`${bytesText(received)} received, ${bytesText(sent)} sent`);
}

/** `awg` leaves the words out, because it may be a range. */
function keepaliveText(seconds: string | undefined, isAwg: boolean, paint: Paint): string | undefined {
  if (seconds === undefined || seconds === '0') return undefined;
  return isAwg || seconds.includes('-') ? seconds : paint.units(`every ${spanText(Number(seconds))}`);
}
