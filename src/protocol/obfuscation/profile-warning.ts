/** Advice on a profile that works as it is. */

/** Stable, for scripts and tests. Append only. */
export type ProfileWarningCode =
  | 'large-burst'
  | 'large-datagram'
  | 'equal-sizes'
  | 'gap'
  | 'no-effect'
  | 'unequal-prefixes'
  | 'newer-key'
  | 'cut-off'
  | 'timing';

export interface ProfileWarning {
  readonly code: ProfileWarningCode;
  /** As in a configuration file: `Jc`, `S2`, `I3`. */
  readonly key: string;
  /** One sentence about the value of `key`, which it does not repeat. */
  readonly message: string;
}
