/** Why an examination could not take place. */

/** Stable, for scripts and tests. Append only. */
export type DoctorErrorCode = 'port-in-use' | 'no-socket';

export class DoctorError extends Error {
  override readonly name = 'DoctorError';
  readonly code: DoctorErrorCode;

  constructor(code: DoctorErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
