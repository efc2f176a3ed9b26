/** A process that cannot be confined as promised does not run. */

/** Stable, for scripts and tests. Append only. */
export type ConfinementErrorCode = 'unknown-user' | 'not-confined';

export class ConfinementError extends Error {
  override readonly name = 'ConfinementError';
  readonly code: ConfinementErrorCode;

  constructor(code: ConfinementErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
