/**
 * A configuration file as its owner wrote it. Every change leaves all other lines as they are, byte for
 * byte: comments, spacing, line ends, keys and sections that nobody knows.
 *
 * What is put in goes through `configLine` and `commentLine`, so that no value can start a line.
 */
import type { ConfigLine } from '../config/line-scanner.ts';
import { MAX_LINES, scanLine, scanLines } from '../config/line-scanner.ts';
import type { ConfigEntry } from '../config/serialise.ts';
import { commentLine } from '../config/serialise.ts';
import { compact } from '../config/values.ts';
import { CodecError } from './codec-error.ts';
import { accumulates, keyWord } from './key-vocabulary.ts';
import type { EntryLine } from './line-edit.ts';
import { bareLine, entryLine, insertLines, lineEndOf, lineWithValue } from './line-edit.ts';
import type { SectionSpan } from './section-layout.ts';
import { layoutOf } from './section-layout.ts';

/** BOUNDED: no honest configuration has more characters. */
const MAX_CHARACTERS = 16 * 1024 * 1024;

/** Never changes: each edit gives a new document. */
export class ConfigDocument {
  /** A file, `standard input`, `link`; for messages. */
  readonly source: string;
  readonly lines: readonly ConfigLine[];
  readonly sections: readonly SectionSpan[];

  private constructor(source: string, lines: readonly ConfigLine[]) {
    this.source = source;
    this.lines = lines;
    this.sections = layoutOf(lines);
  }

  /** Takes any text: what cannot be understood is kept. @throws CodecError 'too-large' */
  static parse(text: string, source: string): ConfigDocument {
    if (text.length > MAX_CHARACTERS)
      throw new CodecError('too-large', source, `is longer than ${MAX_CHARACTERS} characters`);
    const lines = scanLines(text);
    if (lines.length > MAX_LINES) throw new CodecError('too-large', source, `has more than ${MAX_LINES} lines`);
    return new ConfigDocument(source, lines);
  }

  get text(): string {
    return this.lines.map((line) => line.text + line.end).join('');
  }

  /** Where `key` of [Interface] counts, or where it would go. @throws CodecError 'missing-section' */
  interfaceSection(key: string): SectionSpan {
    const own = this.sections.filter((section) => section.kind === 'interface');
    const found = own.findLast((section) => this.valuesOf(section, key).length > 0) ?? own[0];
    if (found === undefined) throw new CodecError('missing-section', this.source, 'has no [Interface] section');
    return found;
  }

  /** @param publicKey base64 */
  findPeer(publicKey: string): SectionSpan | undefined {
    return this.sections.find(
      (section) => section.kind === 'peer' && compact(this.valuesOf(section, 'PublicKey').at(-1) ?? '') === publicKey,
    );
  }

  /** The values of all lines with this key, in any letter case, as typed. */
  valuesOf(section: SectionSpan, key: string): string[] {
    return this.#entryLines(section, key).map((index) => this.#entryAt(index).content.value);
  }

  /**
   * Gives a key its value, or its values where lines add up (`AllowedIPs`, `PostUp`); none removes the key.
   *
   * @param section of this document
   * @throws SerialiseError for a key or value that cannot stand in a file
   */
  withValue(section: SectionSpan, key: string, ...values: readonly string[]): ConfigDocument {
    const written = values.map((value) => entryLine(key, value, lineEndOf(this.lines)));
    const found = this.#entryLines(section, key);
    const known = section.kind === undefined ? undefined : keyWord(section.kind, key);
    // Of a repeated scalar the earlier lines never counted: they stay as they are, unless the key has to go.
    const places = accumulates(known) || values.length === 0 ? found : found.slice(-1);
    const at = (places.at(-1) ?? this.#lastEntry(section)) + 1;
    const lines: Array<ConfigLine | undefined> = [...this.lines];
    for (const [order, index] of places.entries()) lines[index] = lineWithValue(this.#entryAt(index), values[order]);
    return this.#with(insertLines(lines, at, written.slice(places.length)));
  }

  /**
   * Adds a peer at the end.
   *
   * @param comment stands above it
   * @throws CodecError 'duplicate-peer', 'incomplete'; SerialiseError
   */
  withPeer(entries: readonly ConfigEntry[], comment?: string): ConfigDocument {
    const publicKey = entries.find(({ key }) => key.toLowerCase() === 'publickey')?.value;
    if (publicKey === undefined) throw new CodecError('incomplete', this.source, 'a new peer has no PublicKey');
    if (this.findPeer(compact(publicKey)) !== undefined)
      throw new CodecError('duplicate-peer', this.source, `already has the peer ${compact(publicKey)}`);
    const end = lineEndOf(this.lines);
    const added = [
      ...(this.lines.length === 0 || this.lines.at(-1)?.content.kind === 'blank' ? [] : [scanLine('', end)]),
      ...(comment === undefined ? [] : [bareLine(commentLine(comment), end)]),
      scanLine('[Peer]', end),
      ...entries.map(({ key, value }) => entryLine(key, value, end)),
    ];
    return this.#with(insertLines(this.lines, this.lines.length, added));
  }

  /**
   * Removes a peer with the comments directly above it.
   *
   * @throws CodecError 'missing-peer'
   */
  withoutPeer(publicKey: string): ConfigDocument {
    const { lead, end } = this.#requirePeer(publicKey);
    return this.#with([...this.lines.slice(0, lead), ...this.lines.slice(end)]);
  }

  /**
   * Makes these the settings of a peer. Its comments stay, and lines whose value does not change.
   *
   * @throws CodecError 'missing-peer', 'duplicate-peer'; SerialiseError
   */
  withReplacedPeer(publicKey: string, entries: readonly ConfigEntry[]): ConfigDocument {
    const at = this.sections.indexOf(this.#requirePeer(publicKey));
    const wanted = grouped(entries);
    const own = this.sections[at];
    const known = own === undefined ? [] : this.#keysOf(own);
    const gone = known.filter((key) => !wanted.has(key)).map((key): KeyValues => ({ key, values: [] }));
    const edited = [...gone, ...wanted.values()].reduce<ConfigDocument>(
      (document, setting) => document.#withSetting(at, setting),
      this,
    );
    edited.#refuseSamePeers(at);
    return edited;
  }

  /** As it is where nothing changes. */
  #withSetting(at: number, { key, values }: KeyValues): ConfigDocument {
    const section = this.sections[at];
    if (section === undefined || sameValues(this.valuesOf(section, key), values)) return this;
    return this.withValue(section, key, ...values);
  }

  #refuseSamePeers(at: number): void {
    const section = this.sections[at];
    const key = section === undefined ? undefined : this.valuesOf(section, 'PublicKey').at(-1);
    const others = this.sections.filter((other) => other !== section && other.kind === 'peer');
    if (key !== undefined && others.some((other) => this.valuesOf(other, 'PublicKey').at(-1) === key))
      throw new CodecError('duplicate-peer', this.source, `already has the peer ${key}`);
  }

  #requirePeer(publicKey: string): SectionSpan {
    const found = this.findPeer(publicKey);
    if (found === undefined) throw new CodecError('missing-peer', this.source, `has no peer ${publicKey}`);
    return found;
  }

  #with(lines: readonly ConfigLine[]): ConfigDocument {
    return new ConfigDocument(this.source, lines);
  }

  #entryAt(index: number): EntryLine {
    return this.lines[index] as EntryLine;
  }

  #entryLines(section: SectionSpan, key: string): number[] {
    const wanted = key.toLowerCase();
    return this.#entriesOf(section).filter((index) => this.#entryAt(index).content.key.toLowerCase() === wanted);
  }

  #entriesOf({ header, end }: SectionSpan): number[] {
    const indexes = Array.from({ length: end - header }, (_, offset) => header + offset);
    return indexes.filter((index) => this.lines[index]?.content.kind === 'entry');
  }

  /** In lower case, each once. */
  #keysOf(section: SectionSpan): string[] {
    return [...new Set(this.#entriesOf(section).map((index) => this.#entryAt(index).content.key.toLowerCase()))];
  }

  #lastEntry(section: SectionSpan): number {
    return this.#entriesOf(section).at(-1) ?? section.header;
  }
}

interface KeyValues {
  readonly key: string;
  readonly values: string[];
}

/** By key in lower case, values in order. */
function grouped(entries: readonly ConfigEntry[]): Map<string, KeyValues> {
  const groups = new Map<string, KeyValues>();
  for (const { key, value } of entries) {
    const group = groups.get(key.toLowerCase()) ?? { key, values: [] };
    groups.set(key.toLowerCase(), group);
    group.values.push(value);
  }
  return groups;
}

function sameValues(these: readonly string[], those: readonly string[]): boolean {
  return these.length === those.length && these.every((value, index) => value === those[index]);
}
