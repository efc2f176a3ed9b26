/** Something happened in a simulated world that must never happen. */
export type InvariantName =
  | 'plaintext'
  | 'counters'
  | 'replays'
  | 'handshakes'
  | 'bounds'
  | 'secrets'
  | 'recovery'
  /** Something was thrown that is no violation. */
  | 'no-exceptions';

export class InvariantViolation extends Error {
  readonly code = 'ERR_INVARIANT';
  readonly invariant: InvariantName;

  constructor(invariant: InvariantName, complaint: string) {
    super(`${invariant}: ${complaint}`);
    this.invariant = invariant;
  }
}
