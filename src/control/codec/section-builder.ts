/**
 * Collects what one section says. Lines with the same key come together here: of scalars the last
 * counts, lists become one entry, and commands stand side by side. Each comment stays behind the entry
 * that it came after.
 */
import type { ModelComment, ModelEntry, ModelSection } from './config-model.ts';
import type { FindingCode, Report } from './finding.ts';
import { findingAt } from './finding.ts';
import type { KeyWord, SectionKind } from './key-vocabulary.ts';
import { accumulates, keyWord } from './key-vocabulary.ts';
import { flagState, normalValue, plainNumber, switchState } from './value-text.ts';

interface Draft {
  readonly key: string;
  value: string;
  line: number;
  readonly comments: DraftComment[];
}

type DraftComment = Pick<ModelComment, 'place' | 'text'>;

export class SectionBuilder {
  readonly #kind: SectionKind;
  readonly #source: string;
  readonly #report: Report;
  /** By key in lower case, in the order of first appearance. BOUNDED by the lines of the file. */
  readonly #groups = new Map<string, Draft[]>();
  readonly #head: DraftComment[] = [];
  #comments = this.#head;
  #line = 0;
  /** Nothing but comments above, so far. */
  #isAtHead = true;

  constructor(kind: SectionKind, source: string, report: Report) {
    this.#kind = kind;
    this.#source = source;
    this.#report = report;
  }

  /** Whether no line of such a section was seen. */
  get isEmpty(): boolean {
    return this.#line === 0;
  }

  /** The line `[...]` of a section that goes in here. A file may have several for one. */
  begin(line: number): void {
    if (this.#line === 0) this.#line = line;
  }

  /** @param text undefined where a line has none */
  comment(place: ModelComment['place'], text: string | undefined): void {
    if (text === undefined) return;
    const hasRoom = place === 'own' || (this.#isAtHead && (place === 'same' || this.#line === 0));
    if (place !== 'above') this.#isAtHead = false;
    this.#comments.push({ place: hasRoom ? place : 'own', text: commentText(text) });
  }

  entry(key: string, value: string, line: number, comment: string | undefined): void {
    const known = keyWord(this.#kind, key);
    const plain = normalValue(known, value);
    if (known === undefined) this.#find('unknown-key', key, line, 'is not a known key here; it is kept as it is');
    if (plain === '')
      this.#find('empty-value', key, line, 'has no value, which is the same as no such line; it is left out');
    else if (!looksRight(known, plain))
      this.#find('odd-value', key, line, 'has a value of an unusual form; it is kept as it is');
    const created = plain === '' ? undefined : this.#keep(known, key, plain, line);
    if (comment === undefined) return;
    if (created === undefined) this.comment('own', comment);
    else created.comments.push({ place: 'same', text: commentText(comment) });
  }

  finish(): ModelSection {
    const drafts = [...this.#groups.values()].flat();
    const comments = [
      ...this.#head.map((comment): ModelComment => ({ ...comment, after: 0 })),
      ...drafts.flatMap((draft, index) => draft.comments.map((comment) => ({ ...comment, after: index + 1 }))),
    ];
    const entries = drafts.map(({ key, value, line }): ModelEntry => ({ key, value, line }));
    return { line: this.#line, entries, comments };
  }

  /** The draft, if there was none to join. */
  #keep(known: KeyWord | undefined, key: string, value: string, line: number): Draft | undefined {
    const group = this.#groups.get(key.toLowerCase()) ?? [];
    const [first] = group;
    if (first !== undefined && known !== undefined && known.shape !== 'commands') {
      this.#join(first, known, value, line);
      return undefined;
    }
    const draft: Draft = { key: known?.name ?? first?.key ?? key, value, line, comments: [] };
    group.push(draft);
    this.#groups.set(key.toLowerCase(), group);
    this.#comments = draft.comments;
    this.#isAtHead = false;
    return draft;
  }

  #join(earlier: Draft, known: KeyWord, value: string, line: number): void {
    this.#comments = earlier.comments;
    if (accumulates(known)) {
      earlier.value += `, ${value}`;
      return;
    }
    this.#find(
      'repeated-key',
      known.name,
      earlier.line,
      `counts for nothing, as line ${line} says it again; it is left out`,
    );
    earlier.value = value;
    earlier.line = line;
  }

  #find(code: FindingCode, key: string, line: number, complaint: string): void {
    this.#report(findingAt(code, { source: this.#source, line, key }, complaint));
  }
}

function commentText(text: string): string {
  return text.replace(/^ /, '').trimEnd();
}

/** Of texts and addresses anything is believed here; `parseConfig` is for those. */
function looksRight(known: KeyWord | undefined, value: string): boolean {
  switch (known?.shape) {
    case 'switch':
      return switchState(value) !== undefined;
    case 'flag':
      return flagState(value) !== undefined;
    case 'range':
      return /^(\d+(-\d+)?|\(?off\)?)$/i.test(value);
    case 'number':
      return plainNumber(value) !== undefined || /^(0x[\da-f]+|off|auto|main|local|default)$/i.test(value);
    default:
      return true;
  }
}
