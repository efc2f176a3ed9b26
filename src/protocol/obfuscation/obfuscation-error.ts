/** What is wrong with an AWG parameter, for whoever read it: a configuration file, a command, a program. */
import { quote } from '../quote.ts';

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
