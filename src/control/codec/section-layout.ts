/** Which lines of a file belong to which section, comments included. */
import type { ConfigLine } from '../config/line-scanner.ts';
import { sectionKindOf } from '../config/line-scanner.ts';
import type { SectionKind } from './key-vocabulary.ts';
import { keyWord } from './key-vocabulary.ts';

export interface SectionSpan {
  /** Undefined for a section that nobody knows. */
  readonly kind: SectionKind | undefined;
  /** Index of its first line: the `[...]` line, or the first comment of those that stand directly above. */
  readonly lead: number;
  /** Index of the `[...]` line. */
  readonly header: number;
  /** Index behind its last line. */
  readonly end: number;
}

/** All sections in order. What comes before the first belongs to none. */
export function layoutOf(lines: readonly ConfigLine[]): SectionSpan[] {
  const headers = lines.flatMap(({ content }, index) => (content.kind === 'section' ? [{ index, content }] : []));
  const leads = headers.map(({ index }) => leadOf(lines, index));
  return headers.map(({ index, content }, at) => ({
    kind: sectionKindOf(content.name),
    lead: leads[at] ?? index,
    header: index,
    end: leads[at + 1] ?? lines.length,
  }));
}

/**
 * Comments directly above a section are about it (`# Alice`). Where no empty line parts them from the
 * section before, some of them may be the end of that one.
 */
function leadOf(lines: readonly ConfigLine[], header: number): number {
  let lead = header;
  while (lead > 0 && lines[lead - 1]?.content.kind === 'comment') lead--;
  const isWedged = lead > 0 && lines[lead - 1]?.content.kind !== 'blank';
  if (!isWedged) return lead;
  const closing = lines.slice(lead, header).findLastIndex(({ comment = '' }) => closesSection(comment));
  return lead + closing + 1;
}

/** `# END_PEER alice`, as a widespread installer writes it, or a setting that is switched off. */
function closesSection(comment: string): boolean {
  const key = /^\s*([A-Za-z0-9]+)\s*=/.exec(comment)?.[1];
  if (key !== undefined) return keyWord('peer', key) !== undefined || keyWord('interface', key) !== undefined;
  return /^\s*END_/i.test(comment);
}
