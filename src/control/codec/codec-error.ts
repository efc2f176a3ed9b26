/** What is wrong with a configuration that was to be turned into another form, or to be changed. */

/** Stable, for scripts and tests. Append only. */
export type CodecErrorCode =
  | 'not-text'
  | 'too-large'
  | 'unknown-form'
  | 'bad-json'
  | 'bad-shape'
  | 'bad-uapi'
  | 'uapi-operation'
  | 'missing-section'
  | 'missing-peer'
  | 'duplicate-peer'
  | 'foreign-link'
  | 'bad-link'
  | 'damaged-link'
  | 'format-version'
  | 'missing-client'
  | 'several-peers'
  | 'incomplete'
  | 'bad-series'
  | 'qr-too-long';

export class CodecError extends Error {
  override readonly name = 'CodecError';
  readonly code: CodecErrorCode;
  /** What was read or written: a file, `standard input`, `link`. */
  readonly source: string;

  /** @param complaint never repeats a value: it may be a secret */
  constructor(code: CodecErrorCode, source: string, complaint: string) {
    super(`${source}: ${complaint}`);
    this.code = code;
    this.source = source;
  }
}
