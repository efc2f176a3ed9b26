/** Why an operation on a configuration socket failed: the number that its client gets, and a word for our log. */

export type UapiErrorCode =
  /** A line that is not `key=value`. */
  | 'protocol'
  /** A key that nobody knows, or a value that cannot be. */
  | 'invalid'
  /** No empty line where one has to be. */
  | 'out-of-step'
  /** The stream ends in the middle of something. */
  | 'cut-off'
  /** Longer than we are ready to read. */
  | 'too-long'
  /** The system refuses the port or the mark. */
  | 'port'
  /** The system refuses something else. */
  | 'system'
  /** It can be had, but not while the tunnel is up. */
  | 'other';

/** Negative POSIX numbers, as upstream answers them (protocol facts 4.2). */
const ERRNO: Readonly<Record<UapiErrorCode, number>> = {
  protocol: -71,
  invalid: -22,
  'out-of-step': -22,
  'cut-off': -71,
  'too-long': -5,
  port: -98,
  system: -5,
  other: -55,
};

/** Nobody knows where the next operation would begin. */
const FINAL: ReadonlySet<UapiErrorCode> = new Set(['out-of-step', 'cut-off', 'too-long']);

export class UapiError extends Error {
  override readonly name = 'UapiError';
  readonly code: UapiErrorCode;

  constructor(code: UapiErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }

  get errno(): number {
    return ERRNO[this.code];
  }

  get endsConversation(): boolean {
    return FINAL.has(this.code);
  }
}
