/** The lines of a `set` operation before the first `public_key`: what they say about the device itself. */
import type { DeviceChange } from '../../device/live/device-change.ts';
import type { AwgKey, AwgParameters } from '../../protocol/obfuscation/awg-parameters.ts';
import { quote } from '../../protocol/quote.ts';
import {
  expect,
  MAX_UINT16,
  MAX_UINT32,
  parseKey,
  parseRangeText,
  parseSwitch,
  parseText,
  parseUnsigned,
} from './set-values.ts';
import { UapiError } from './uapi-error.ts';

/** Without peers; `parameters` has only those that were named. */
export type DeviceDraft = { -readonly [Key in keyof Omit<DeviceChange, 'peers' | 'parameters'>]: DeviceChange[Key] } & {
  parameters: AwgParameters;
};

/** What becomes of the draft. */
type Line = (key: string, value: string, draft: DeviceDraft) => Partial<DeviceDraft>;

/** @throws UapiError */
export function readDeviceLine(draft: DeviceDraft, key: string, value: string): void {
  const read = LINES.get(key);
  if (read === undefined) throw new UapiError('invalid', `${quote(key)}: is no key of a device`);
  Object.assign(draft, read(key, value, draft));
}

const number: ValueReader = (key, value) => parseUnsigned(key, value, MAX_UINT32);
const size: ValueReader = (key, value) => parseUnsigned(key, value, MAX_UINT16);

type ValueReader = (key: string, value: string) => NonNullable<AwgParameters[AwgKey]>;

const LINES: ReadonlyMap<string, Line> = new Map<string, Line>([
  ['private_key', (key, value) => ({ privateKey: parseKey(key, value) })],
  ['listen_port', (key, value) => ({ listenPort: parseUnsigned(key, value, MAX_UINT16) })],
  ['fwmark', (key, value) => ({ fwmark: parseUnsigned(key, value, MAX_UINT32) })],
  ['replace_peers', replacePeers],
  ...parameterLines(number, 'jc', 'jmin', 'jmax', 'itime'),
  ...parameterLines(size, 's1', 's2', 's3', 's4'),
  ...parameterLines(parseRangeText, 'h1', 'h2', 'h3', 'h4'),
  ...parameterLines(parseText, 'i1', 'i2', 'i3', 'i4', 'i5', 'j1', 'j2', 'j3'),
  ...parameterLines(parseKey, 'headerProtectionKey'),
  ...parameterLines(parseRangeText, 'contentPaddingAddition', 'rekeyAfterTime', 'rekeyTimeout', 'rejectAfterTime'),
  ...parameterLines(parseRangeText, 'keepaliveTimeout', 'maxHandshakeAttempts'),
  ...parameterLines(parseSwitch, 'randomTrailers', 'disableCookies'),
]);

function replacePeers(key: string, value: string): Partial<DeviceDraft> {
  expect(key, value, 'true');
  return { replacePeers: true };
}

function parameterLines(read: ValueReader, ...parameters: readonly AwgKey[]): Array<readonly [string, Line]> {
  return parameters.map((parameter) => [uapiNameOf(parameter), parameterLine(parameter, read)]);
}

function parameterLine(parameter: AwgKey, read: ValueReader): Line {
  return (key, value, { parameters }) => ({ parameters: { ...parameters, [parameter]: read(key, value) } });
}

/** `headerProtectionKey` is `header_protection_key` on the socket. */
export function uapiNameOf(parameter: AwgKey): string {
  return parameter.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
