/** Why a server's clients could not be changed as asked. */

/** Stable, for scripts and tests. Append only. */
export type ServerErrorCode =
  | 'bad-client-name'
  | 'name-taken'
  | 'missing-client'
  | 'not-stored'
  | 'bad-subnet'
  | 'pool-full'
  | 'no-subnet'
  | 'no-port'
  | 'no-endpoint'
  | 'bad-defaults'
  | 'already-there'
  | 'busy';

export class ServerError extends Error {
  override readonly name = 'ServerError';
  readonly code: ServerErrorCode;

  /** @param message names the file where it is about one; repeats no secret */
  constructor(code: ServerErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
