/** Something that did not go through a conversion unchanged, or that the reader should look at. */
import { quotableName } from '../config/config-error.ts';

/** Stable, for scripts and tests. Append only. */
export type FindingCode =
  /** No tool that we know has this key here; it is kept. */
  | 'unknown-key'
  /** An earlier value of a key of which only the last counts; it is left out. */
  | 'repeated-key'
  /** A key without a value, which is the same as no key; it is left out. */
  | 'empty-value'
  /** The value does not look like one of this key; it is kept. */
  | 'odd-value'
  /** The other form has no place for this; it is left out. */
  | 'no-place'
  /** A host name where the reader will take only an address. */
  | 'host-name'
  /** A link says two things about one setting; the one that AmneziaVPN goes by is taken. */
  | 'contradiction'
  /** A command that came with a link from somewhere else. */
  | 'foreign-command';

export interface Finding {
  readonly code: FindingCode;
  /** One line with the place in front. Repeats no value. */
  readonly message: string;
}

export interface FindingPlace {
  /** A file, `standard input`, `link`. */
  readonly source: string;
  /** Counts from 1; 0 = unknown. */
  readonly line: number;
  readonly key: string;
}

export type Report = (finding: Finding) => void;

export function findingAt(code: FindingCode, place: FindingPlace, complaint: string): Finding {
  const where = place.line === 0 ? place.source : `${place.source}:${place.line}`;
  return { code, message: `${where}: ${quotableName(place.key)}: ${complaint}` };
}
