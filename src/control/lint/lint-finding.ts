/** One thing that `lint` has to say about a configuration. */

export const SEVERITIES = ['error', 'warning', 'info'] as const;

/** error: the tunnel, or part of it, cannot work. warning: it will disappoint. info: worth knowing. */
export type Severity = (typeof SEVERITIES)[number];

export interface LintFinding {
  /** Stable, for scripts and tests. */
  readonly code: string;
  readonly severity: Severity;
  readonly file: string;
  /** Counts from 1; 0 = the file as a whole. */
  readonly line: number;
  /** As in the file; empty where no key is meant. */
  readonly key: string;
  /** What is so, in a sentence without the key. Never a secret. */
  readonly text: string;
  /** What to do; empty where nothing has to be done. */
  readonly fix: string;
}
