/**
 * The outermost layer of the wg-quick/awg-quick format (protocol facts 4.1 and 7.1): text becomes
 * sections of `Key = value` entries. What a key means is decided in `keys.ts`.
 */
import { ConfigError } from './config-error.ts';

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

/** BOUNDED: a file of this many lines holds more peers than a device may have. */
const MAX_LINES = 1_000_000;

/** Splits a file into its sections, in order. Comments run from `#` to the end of the line, in any value. */
export function readSections(text: string, file: string): Section[] {
  const sections: Array<Section & { entries: Entry[] }> = [];
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/);
  if (lines.length > MAX_LINES)
    throw new ConfigError('too-large', { file, line: 0, key: '', value: '' }, `more than ${MAX_LINES} lines`);
  for (const [index, raw] of lines.entries()) {
    const content = raw.replace(/#.*/, '').trim();
    if (content === '') continue;
    const place = { file, line: index + 1, key: '', value: content };
    if (content.startsWith('[')) {
      sections.push({ kind: sectionKind(place), line: place.line, entries: [] });
      continue;
    }
    const entry = splitEntry(place);
    const section = sections.at(-1);
    if (section === undefined)
      throw new ConfigError(
        'syntax',
        { ...place, value: entry.key },
        'comes before the first [Interface] or [Peer] line',
      );
    section.entries.push(entry);
  }
  return sections;
}

type LinePlace = { file: string; line: number; key: string; value: string };

function sectionKind(place: LinePlace): Section['kind'] {
  const name = place.value.replaceAll(/\s/g, '').toLowerCase();
  if (name === '[interface]') return 'interface';
  if (name === '[peer]') return 'peer';
  throw new ConfigError('unknown-section', place, 'is not a section; there are [Interface] and [Peer]');
}

function splitEntry(place: LinePlace): Entry {
  const equals = place.value.indexOf('=');
  // The line may be a secret that lost its key, so it is not repeated.
  if (equals < 1) throw new ConfigError('syntax', { ...place, value: '' }, 'expected a line like "Key = value"');
  return { line: place.line, key: place.value.slice(0, equals).trim(), value: place.value.slice(equals + 1).trim() };
}
