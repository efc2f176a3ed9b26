export type DemoErrorCode =
  | 'interrupted'
  | 'not-cleaned-up'
  | 'daemon-failed'
  | 'no-answer'
  | 'transfer-failed'
  | 'inner-process-failed';

/** The demo did not show what it should. */
export class DemoError extends Error {
  override readonly name = 'DemoError';
  readonly code: DemoErrorCode;

  constructor(code: DemoErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
