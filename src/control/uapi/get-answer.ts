/** The answer to `get=1`: a device with its secrets, in the order of upstream (protocol facts 4.2). */
import type { DeviceConfiguration, PeerConfiguration } from '../../device/live/device-change.ts';
import { formatEndpoint, formatPrefix } from '../../protocol/address-text.ts';
import { toHex } from '../../protocol/bytes.ts';
import type { AwgKey, AwgParameters } from '../../protocol/obfuscation/awg-parameters.ts';
import { exactly, formatRange } from '../../protocol/range.ts';
import { uapiNameOf } from './device-section.ts';

const KEY_DIGITS = 64;

/** What is 0 or unset is left out, but for the two switches, which are always there. J1-J3 and Itime are those of AWG 1.5. */
const PARAMETERS: readonly AwgKey[] = [
  ...(['jc', 'jmin', 'jmax', 's1', 's2', 's3', 's4', 'h1', 'h2', 'h3', 'h4'] as const),
  ...(['i1', 'i2', 'i3', 'i4', 'i5', 'j1', 'j2', 'j3', 'itime', 'headerProtectionKey'] as const),
  ...(['contentPaddingAddition', 'rekeyAfterTime', 'rekeyTimeout', 'rejectAfterTime'] as const),
  ...(['keepaliveTimeout', 'maxHandshakeAttempts'] as const),
];

/** Each line with its end; without `errno`. */
export function getAnswer(device: DeviceConfiguration): string {
  return [...deviceLines(device), ...device.peers.flatMap(peerLines)].map((line) => `${line}\n`).join('');
}

function deviceLines({ privateKey, listenPort, fwmark, parameters }: DeviceConfiguration): string[] {
  return [
    ...(privateKey === undefined ? [] : [`private_key=${toHex(privateKey)}`]),
    ...unlessZero('listen_port', `${listenPort}`),
    ...unlessZero('fwmark', `${fwmark}`),
    ...PARAMETERS.flatMap((key) => unlessZero(uapiNameOf(key), valueText(parameters[key]))),
    `random_trailers=${parameters.randomTrailers === true ? 1 : 0}`,
    `disable_cookies=${parameters.disableCookies === true ? 1 : 0}`,
  ];
}

function peerLines(peer: PeerConfiguration): string[] {
  const { publicKey, presharedKey, endpoint, lastHandshake, persistentKeepalive, allowedIps } = peer;
  const seconds = Math.floor(lastHandshake / 1000);
  return [
    `public_key=${toHex(publicKey)}`,
    `preshared_key=${presharedKey === undefined ? '0'.repeat(KEY_DIGITS) : toHex(presharedKey)}`,
    'protocol_version=1',
    ...(endpoint === undefined ? [] : [`endpoint=${formatEndpoint(endpoint)}`]),
    `last_handshake_time_sec=${seconds}`,
    `last_handshake_time_nsec=${Math.floor((lastHandshake - seconds * 1000) * 1e6)}`,
    `tx_bytes=${peer.sentBytes}`,
    `rx_bytes=${peer.receivedBytes}`,
    ...unlessZero('persistent_keepalive_interval', keepaliveText(persistentKeepalive)),
    ...allowedIps.map((prefix) => `allowed_ip=${formatPrefix(prefix)}`),
  ];
}

function keepaliveText(seconds: PeerConfiguration['persistentKeepalive']): string {
  return formatRange(typeof seconds === 'number' ? exactly(seconds) : seconds);
}

function valueText(value: AwgParameters[AwgKey]): string {
  if (value === undefined || typeof value === 'boolean') return '';
  if (typeof value === 'object') return value instanceof Uint8Array ? toHex(value) : formatRange(value);
  return `${value}`;
}

function unlessZero(key: string, text: string): string[] {
  return text === '' || text === '0' ? [] : [`${key}=${text}`];
}
