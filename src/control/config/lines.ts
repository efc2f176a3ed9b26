/**
 * The outermost layer of the wg-quick/awg-quick format (protocol facts 4.1 and 7.1): text becomes
 * sections of `Key = value` entries. What a key means is decided in `keys.ts`.
 */
import type { ConfigPlace } from './config-error.ts';
import { ConfigError, quotableName } from './config-error.ts';
import { MAX_LINES, scanLines, sectionKindOf } from './line-scanner.ts';

export interface Entry {
  /** Counts from 1. */
  readonly line: number;
  /** As typed. */
  readonly key: string;
  /** Trimmed, comment removed, inner spaces kept. */
  readonly value: string;
}

export interface Section {
  readonly kind: 'interface' | 'peer';
  readonly line: number;
  readonly entries: readonly Entry[];
}

/** Splits a file into its sections, in order. Comments run from `#` to the end of the line, in any value. */
export function readSections(text: string, file: string): Section[] {
  const sections: Array<Section & { entries: Entry[] }> = [];
  const lines = scanLines(text);
  if (lines.length > MAX_LINES)
    throw new ConfigError('too-large', { file, line: 0, key: '', value: '' }, `more than ${MAX_LINES} lines`);
  for (const [index, { content }] of lines.entries()) {
    const place = { file, line: index + 1, key: '', value: '' };
    if (content.kind === 'section')
      sections.push({ kind: sectionKind(content.name, place), line: index + 1, entries: [] });
    if (content.kind === 'unreadable') throw unreadableLine(place);
    if (content.kind !== 'entry') continue;
    const section = sections.at(-1);
    if (section === undefined) throw strayEntry({ ...place, value: content.key });
    section.entries.push({ line: index + 1, key: content.key, value: content.value });
  }
  return sections;
}

/** @throws ConfigError 'unknown-section' */
export function sectionKind(name: string, place: ConfigPlace): Section['kind'] {
  const kind = sectionKindOf(name);
  if (kind !== undefined) return kind;
  throw new ConfigError(
    'unknown-section',
    { ...place, value: name },
    'is not a section; there are [Interface] and [Peer]',
  );
}

/** The line may be a secret that lost its key, so it is not repeated. */
export function unreadableLine(place: ConfigPlace): ConfigError {
  return new ConfigError('syntax', { ...place, value: '' }, 'expected a line like "Key = value"');
}

export function strayEntry(place: ConfigPlace): ConfigError {
  return new ConfigError(
    'syntax',
    { ...place, value: quotableName(place.value) },
    'comes before the first [Interface] or [Peer] line',
  );
}
