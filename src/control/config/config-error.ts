/** What is wrong with a configuration file, said so that the user can walk to the spot. */

/** Stable, for scripts and tests. Append only. */
export type ConfigErrorCode =
  | 'unreadable'
  | 'too-large'
  | 'bad-name'
  | 'not-found'
  | 'syntax'
  | 'unknown-section'
  | 'unknown-key'
  | 'wrong-section'
  | 'empty-value'
  | 'bad-value'
  | 'bad-key'
  | 'bad-prefix'
  | 'bad-port'
  | 'bad-endpoint'
  | 'bad-obfuscation'
  | 'header-overlap'
  | 'missing-section'
  | 'missing-key'
  | 'duplicate-peer'
  | 'too-many'
  | 'not-supported'
  | 'unresolved-endpoint'
  | 'bad-tls-file'
  | 'unknown-table'
  | 'untrusted-hooks'
  | 'not-a-file';

/** Where in a file something was said. `line` counts from 1; 0 = the file as a whole. */
export interface ConfigPlace {
  readonly file: string;
  readonly line: number;
  /** As documented, not as typed: `PublicKey`. Empty when the line has no key. */
  readonly key: string;
  /** The offending text; empty for secrets, which no message may repeat. */
  readonly value: string;
}

export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly code: ConfigErrorCode;
  readonly file: string;
  readonly line: number;
  readonly key: string;
  readonly value: string;

  constructor(code: ConfigErrorCode, place: ConfigPlace, complaint: string) {
    super(describe(place, complaint));
    this.code = code;
    this.file = place.file;
    this.line = place.line;
    this.key = place.key;
    this.value = place.value;
  }
}

/** Something that works differently from what the file's author may expect. */
export interface ConfigWarning extends ConfigPlace {
  /** One line with the place in front, as in an error. */
  readonly message: string;
}

export function warningAt(place: ConfigPlace, complaint: string): ConfigWarning {
  return { ...place, message: describe(place, complaint) };
}

/** `file:line: Key = value: complaint`, leaving out what is not known. */
function describe(place: ConfigPlace, complaint: string): string {
  return escaped(unescaped(place, complaint));
}

function unescaped(place: ConfigPlace, complaint: string): string {
  const where = place.line === 0 ? place.file : `${place.file}:${place.line}`;
  if (place.key === '') return `${where}: ${place.value === '' ? '' : `${quote(place.value)}: `}${complaint}`;
  return `${where}: ${place.key}${place.value === '' ? '' : ` = ${printable(place.value)}`}: ${complaint}`;
}

function quote(text: string): string {
  return `"${printable(text)}"`;
}

const SHOWN_CHARACTERS = 120;

/** Text from outside never reaches a terminal raw: control characters are escaped, long values cut. */
export function printable(text: string): string {
  return escaped(text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}...` : text);
}

/** Complaints quote parts of values too, so the whole message goes through here. */
export function escaped(text: string): string {
  return text.replaceAll(/\p{C}/gu, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}

/**
 * What was typed where the name of a key belongs, as far as a message may repeat it. Base64 ends in "=", so a
 * private key whose own "=" is missing, or that stands alone, looks like a name without a value.
 */
export function quotableName(typed: string): string {
  const [word = ''] = typed.split(/\s/);
  return /^[\w.-]{1,32}$/.test(word) ? word : '';
}
