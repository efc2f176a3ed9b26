/** What is wrong with an AWG parameter, for whoever read it: a configuration file, a command, a program. */

/** Stable, for scripts and tests. Append only. */
export type ObfuscationErrorCode =
  | 'bad-number'
  | 'bad-header-range'
  | 'header-overlap'
  | 'junk-sizes'
  | 'too-large'
  | 'bad-signature'
  | 'bad-range'
  | 'bad-key'
  | 'short-prefix';

export class ObfuscationError extends Error {
  override readonly name = 'ObfuscationError';
  readonly code: ObfuscationErrorCode;
  /** As in a configuration file: `Jmin`, `H2`, `I1`. Empty where a value was read on its own. */
  readonly key: string;
  /** The offending text. */
  readonly text: string;
  /** What is wrong with it, without key and text, for those who show these themselves. */
  readonly complaint: string;

  constructor(code: ObfuscationErrorCode, key: string, text: string, complaint: string) {
    super(`${key === '' ? '' : `${key} = `}${quote(text)}: ${complaint}`);
    this.code = code;
    this.key = key;
    this.text = text;
    this.complaint = complaint;
  }
}

const SHOWN_CHARACTERS = 120;

/** In double quotes, control characters escaped, long texts cut. */
export function quote(text: string): string {
  const shown = JSON.stringify(text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}...` : text);
  // JSON leaves DEL and the control characters behind it (C1) as they are, and terminals obey them.
  return shown.replaceAll(/\p{C}/gu, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
