/**
 * The AWG keys of [Interface] as lines of a configuration file: the way back from what `parseConfig`
 * reads. Files are written here and nowhere by joining strings, because a line break in a value from
 * outside would start a line of its own, and with it perhaps a section or a hook.
 */
import type { AwgKey, AwgParameters } from '../../protocol/obfuscation/awg-parameters.ts';
import { generationOf } from '../../protocol/obfuscation/needed-generation.ts';
import { formatRange } from '../../protocol/range.ts';
import { quotableName } from './config-error.ts';

/** Stable, for scripts and tests. Append only. */
export type SerialiseErrorCode = 'control-character' | 'comment-sign' | 'outer-space' | 'empty' | 'bad-key';

export class SerialiseError extends Error {
  override readonly name = 'SerialiseError';
  readonly code: SerialiseErrorCode;
  /** What was to be written, as in a file; empty for comments. */
  readonly key: string;

  constructor(code: SerialiseErrorCode, key: string, complaint: string) {
    super(`${key === '' ? 'a comment' : `the value of ${key}`} ${complaint}`);
    this.code = code;
    this.key = key;
  }
}

export interface ConfigEntry {
  readonly key: string;
  readonly value: string;
}

export interface AwgEntry extends ConfigEntry {
  /** Whether both ends of a tunnel must have the same value. */
  readonly mustMatch: boolean;
}

/** In the order in which the file lists them; H1-H4 of one end may be wider than the other's, never narrower. */
const KEYS: ReadonlyArray<readonly [name: string, parameter: AwgKey, mustMatch: boolean]> = [
  ['Jc', 'jc', false],
  ['Jmin', 'jmin', false],
  ['Jmax', 'jmax', false],
  ['S1', 's1', true],
  ['S2', 's2', true],
  ['S3', 's3', true],
  ['S4', 's4', true],
  ['H1', 'h1', true],
  ['H2', 'h2', true],
  ['H3', 'h3', true],
  ['H4', 'h4', true],
  ['I1', 'i1', false],
  ['I2', 'i2', false],
  ['I3', 'i3', false],
  ['I4', 'i4', false],
  ['I5', 'i5', false],
  ['J1', 'j1', false],
  ['J2', 'j2', false],
  ['J3', 'j3', false],
  ['Itime', 'itime', false],
  ['HeaderProtectionKey', 'headerProtectionKey', true],
  ['ContentPaddingAddition', 'contentPaddingAddition', false],
  ['RekeyAfterTime', 'rekeyAfterTime', false],
  ['RekeyTimeout', 'rekeyTimeout', false],
  ['RejectAfterTime', 'rejectAfterTime', false],
  ['KeepaliveTimeout', 'keepaliveTimeout', false],
  ['MaxHandshakeAttempts', 'maxHandshakeAttempts', false],
  ['RandomTrailers', 'randomTrailers', true],
  ['DisableCookies', 'disableCookies', false],
];

/** One entry for each parameter that is set. An empty signature packet counts as unset, as everywhere. */
export function awgEntries(parameters: AwgParameters): AwgEntry[] {
  const entries = KEYS.flatMap(([key, parameter, mustMatch]) => {
    const value = parameters[parameter];
    return value === undefined || value === '' ? [] : [{ key, value: valueText(value), mustMatch }];
  });
  return [...entries, ...generationEntry(parameters)];
}

/** No tool but ours knows this key, and most refuse what they do not know: it is written only where it decides something. */
function generationEntry({ generation, ...others }: AwgParameters): AwgEntry[] {
  const isDerived = generation === undefined || generation === generationOf(others);
  return isDerived ? [] : [{ key: 'Generation', value: generation, mustMatch: false }];
}

function valueText(value: NonNullable<AwgParameters[AwgKey]>): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return `${value}`;
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  return value instanceof Uint8Array ? Buffer.from(value).toString('base64') : formatRange(value);
}

/**
 * `Key = value` with its line end.
 *
 * @throws SerialiseError for what would not be read back as this entry, and only as this entry
 */
export function configLine({ key, value }: ConfigEntry): string {
  if (!isWritableKey(key)) throw new SerialiseError('bad-key', `"${quotableName(key)}"`, 'has no proper key');
  refuseLineBreaks(key, value);
  if (value === '') throw new SerialiseError('empty', key, 'is empty; leave the key out instead');
  if (value.includes('#'))
    throw new SerialiseError('comment-sign', key, 'has a "#", from which on it would be a comment');
  if (value.trim() !== value)
    throw new SerialiseError('outer-space', key, 'begins or ends with a space, which would be lost');
  return `${key} = ${value}\n`;
}

/** What the keys of every generation so far look like, and those of other tools that we only keep. */
export function isWritableKey(key: string): boolean {
  return /^[A-Za-z][A-Za-z0-9_.-]*$/.test(key);
}

/**
 * `# text` with its line end; `###` and the like are kept as they are.
 *
 * @throws SerialiseError 'control-character'
 */
export function commentLine(text = ''): string {
  refuseLineBreaks('', text);
  return text === '' || text.startsWith('#') ? `#${text}\n` : `# ${text}\n`;
}

/**
 * Which characters end a line depends on who reads it, so none that could may pass; no control character
 * but the tab has business here, and half of a surrogate pair would not be read back as it was.
 *
 * @param key as in a file, for the message; empty for comments
 * @throws SerialiseError 'control-character'
 */
export function refuseLineBreaks(key: string, text: string): void {
  if (/[^\P{Cc}\t]|[\p{Cs}\u2028\u2029]/u.test(text))
    throw new SerialiseError('control-character', key, 'has a line break or another control character');
}
