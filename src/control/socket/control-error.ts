/** Why a running tunnel could not be asked, or could not start to listen. */
export type ControlErrorCode =
  | 'not-running'
  | 'already-running'
  | 'no-permission'
  | 'timeout'
  | 'bad-reply'
  | 'refused'
  | 'path-too-long'
  | 'failed';

export class ControlError extends Error {
  override readonly name = 'ControlError';
  readonly code: ControlErrorCode;

  constructor(code: ControlErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
