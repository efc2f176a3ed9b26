/**
 * A configuration between two forms: sections with their entries in order, unknown keys among them,
 * and comments with their places. Spacing, letter case of keys and empty lines are not part of it;
 * who wants to keep those too changes a file in place, see document.ts.
 */

export interface ModelEntry {
  /** As documented, and as typed where nobody has documented it. */
  readonly key: string;
  /** Brought to one spelling, never empty. Lists are one entry; commands one entry each, side by side. */
  readonly value: string;
  /** Where it was read, counting from 1; 0 = not from a file. */
  readonly line: number;
}

export interface ModelComment {
  /** Above the line of the section, on a line of its own within it, or behind an entry. */
  readonly place: 'above' | 'own' | 'same';
  /** How many entries of the section come before it. `same` with 0 is behind the line of the section. */
  readonly after: number;
  /** Without the first `#` and one space behind it. */
  readonly text: string;
}

export interface ModelSection {
  /** Where it begins; 0 = not from a file. */
  readonly line: number;
  readonly entries: readonly ModelEntry[];
  readonly comments: readonly ModelComment[];
}

export interface ConfigModel {
  readonly interface: ModelSection | undefined;
  readonly peers: readonly ModelSection[];
}

/** The one entry with this key, which has to be documented and no command. */
export function entryOf(section: ModelSection | undefined, key: string): ModelEntry | undefined {
  return section?.entries.find((entry) => entry.key === key);
}
