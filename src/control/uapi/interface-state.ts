/** The answer to `get` as tools look at it: values as they were sent, by the name that they have on the socket. */
import { nodeCrypto } from '../../crypto/node-crypto.ts';
import { quote } from '../../protocol/quote.ts';
import { ControlError } from '../socket/control-error.ts';
import { uapiGet } from './uapi-client.ts';

export type Values = ReadonlyMap<string, string>;

export interface InterfaceState {
  readonly name: string;
  readonly values: Values;
  readonly peers: readonly PeerState[];
}

export interface PeerState {
  readonly values: Values;
  readonly allowedIps: readonly string[];
}

/** What AmneziaWG adds, with what it is without it; in the order of `awg`. J1-J3 and Itime are those of AWG 1.5. */
export const AWG_DEFAULTS: ReadonlyMap<string, string> = new Map([
  ...['jc', 'jmin', 'jmax', 's1', 's2', 's3', 's4'].map((key) => [key, '0'] as const),
  ...['h1', 'h2', 'h3', 'h4'].map((key, index) => [key, `${index + 1}`] as const),
  ...['i1', 'i2', 'i3', 'i4', 'i5', 'j1', 'j2', 'j3'].map((key) => [key, ''] as const),
  ['itime', '0'],
  ['header_protection_key', ''],
  ...['content_padding_addition', 'rekey_after_time', 'rekey_timeout'].map((key) => [key, '0'] as const),
  ...['reject_after_time', 'keepalive_timeout', 'max_handshake_attempts'].map((key) => [key, '0'] as const),
  ...['random_trailers', 'disable_cookies'].map((key) => [key, '0'] as const),
]);

/** @throws ControlError */
export async function readInterface(name: string, path: string): Promise<InterfaceState> {
  return parseInterface(name, await uapiGet(path));
}

/** @throws ControlError 'bad-reply' */
export function parseInterface(name: string, lines: readonly string[]): InterfaceState {
  const values = new Map<string, string>();
  const peers: Array<{ values: Map<string, string>; allowedIps: string[] }> = [];
  for (const line of lines) {
    const equals = line.indexOf('=');
    if (equals === -1) throw new ControlError('bad-reply', `${name}: ${quote(line)} is not "key=value"`);
    const [key, value] = [line.slice(0, equals), line.slice(equals + 1)];
    if (key === 'public_key') peers.push({ values: new Map(), allowedIps: [] });
    if (key === 'allowed_ip') peers.at(-1)?.allowedIps.push(value);
    else (peers.at(-1)?.values ?? values).set(key, value);
  }
  return { name, values, peers };
}

/** No key of AmneziaWG makes a difference: it is WireGuard. */
export function isPlain({ values }: InterfaceState): boolean {
  return [...AWG_DEFAULTS].every(([key, plain]) => (values.get(key) ?? plain) === plain);
}

/** A number that is there only where it is not 0. */
export function numberOf(values: Values, key: string): number {
  return Number(values.get(key) ?? 0);
}

/** In base64; undefined for none, which all zero means as well. */
export function keyOf(values: Values, key: string): string | undefined {
  const hex = values.get(key) ?? '';
  return /^0*$/.test(hex) ? undefined : Buffer.from(hex, 'hex').toString('base64');
}

/** The socket has the private key only. */
export function publicKeyOf({ values }: InterfaceState): string | undefined {
  const privateKey = values.get('private_key') ?? '';
  if (/^0*$/.test(privateKey)) return undefined;
  const { publicKey } = nodeCrypto().loadPrivateKey(Uint8Array.from(Buffer.from(privateKey, 'hex')));
  return Buffer.from(publicKey).toString('base64');
}
