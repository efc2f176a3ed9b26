/** Why no preset could be made of what was asked for. */

/** Stable, for scripts and tests. Append only. */
export type PresetErrorCode = 'bad-host' | 'too-large';

export class PresetError extends Error {
  override readonly name = 'PresetError';
  readonly code: PresetErrorCode;

  constructor(code: PresetErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
