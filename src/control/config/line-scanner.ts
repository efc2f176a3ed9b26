/**
 * One line of the wg-quick/awg-quick format, taken apart: what reads settings (lines.ts) and what
 * changes a file in place (codec/document.ts) must never disagree about where a comment begins.
 */

export type LineContent =
  | { readonly kind: 'blank' }
  | { readonly kind: 'comment' }
  /** `name` is the text as typed, brackets included. */
  | { readonly kind: 'section'; readonly name: string }
  /** `valueStart` and `valueEnd` are offsets into the line. */
  | {
      readonly kind: 'entry';
      readonly key: string;
      readonly value: string;
      readonly valueStart: number;
      readonly valueEnd: number;
    }
  /** Neither a section nor `Key = value`. `content` is trimmed, without its comment. */
  | { readonly kind: 'unreadable'; readonly content: string };

export interface ConfigLine {
  /** Without its line end. */
  readonly text: string;
  /** `\n`, `\r\n`, `\r`, or nothing for the last line of a file that does not end in one. */
  readonly end: string;
  readonly content: LineContent;
  /** What stands behind the first `#`, wherever that is; undefined where there is none. */
  readonly comment: string | undefined;
}

/** BOUNDED: a file of this many lines holds more peers than a device may have. */
export const MAX_LINES = 1_000_000;

/**
 * All lines; their texts and line ends, joined, are `text` again. A final line end starts no line of its
 * own. Of a longer file just more than MAX_LINES: whoever calls this has to refuse it.
 */
export function scanLines(text: string): ConfigLine[] {
  const lines: ConfigLine[] = [];
  for (const [whole, line = '', end = ''] of text.matchAll(/([^\r\n]*)(\r\n|\n|\r|$)/g)) {
    if (whole === '' || lines.length > MAX_LINES) break;
    lines.push(scanLine(line, end));
  }
  return lines;
}

/** @param text without line breaks */
export function scanLine(text: string, end: string): ConfigLine {
  const sign = text.indexOf('#');
  const comment = sign === -1 ? undefined : text.slice(sign + 1);
  const content = text.slice(0, sign === -1 ? text.length : sign).trim();
  return { text, end, comment, content: contentOf(text, content, comment) };
}

function contentOf(text: string, content: string, comment: string | undefined): LineContent {
  if (content === '') return { kind: comment === undefined ? 'blank' : 'comment' };
  if (content.startsWith('[')) return { kind: 'section', name: content };
  const equals = content.indexOf('=');
  if (equals < 1) return { kind: 'unreadable', content };
  const value = content.slice(equals + 1).trim();
  const afterEquals = text.indexOf('=') + 1;
  const valueStart = value === '' ? afterEquals : text.indexOf(value, afterEquals);
  return {
    kind: 'entry',
    key: content.slice(0, equals).trim(),
    value,
    valueStart,
    valueEnd: valueStart + value.length,
  };
}

/** `undefined` for a section that nobody knows. */
export function sectionKindOf(name: string): 'interface' | 'peer' | undefined {
  const plain = name.replaceAll(/\s/g, '').toLowerCase();
  if (plain === '[interface]') return 'interface';
  return plain === '[peer]' ? 'peer' : undefined;
}
