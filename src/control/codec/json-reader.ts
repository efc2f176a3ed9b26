/** JSON back to settings. The shape is checked completely: what is not in the schema is refused by name. */
import { printable } from '../config/config-error.ts';
import { CodecError } from './codec-error.ts';
import type { ConfigModel, ModelComment, ModelSection } from './config-model.ts';
import type { Report } from './finding.ts';
import type { KeyWord, SectionKind } from './key-vocabulary.ts';
import { keyWord } from './key-vocabulary.ts';
import { SectionBuilder } from './section-builder.ts';

/** For messages. */
const EXPECTED = {
  key: 'a string',
  word: 'a string',
  text: 'a string',
  number: 'a whole number or a string',
  range: 'a whole number or a string',
  switch: 'true, false or a string',
  flag: 'true, false or a string',
  list: 'an array of strings',
  commands: 'an array of strings',
} as const;

export type JsonObject = Readonly<Record<string, unknown>>;

/** @throws CodecError 'bad-json', 'bad-shape' */
export function readJson(text: string, source: string, report: Report): ConfigModel {
  const reader = new JsonReader(source, report);
  return reader.config(parseJson(text, source));
}

/** @throws CodecError 'bad-json'; the message repeats nothing, for V8 would quote the text around the spot */
export function parseJson(text: string, source: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    throw new CodecError('bad-json', source, 'is not JSON');
  }
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

class JsonReader {
  readonly #source: string;
  readonly #report: Report;

  constructor(source: string, report: Report) {
    this.#source = source;
    this.#report = report;
  }

  config(root: unknown): ConfigModel {
    const { version, peers = [], interface: own, $schema, ...others } = this.#object(root, 'the whole');
    const [stranger] = Object.keys(others);
    if (stranger !== undefined)
      throw this.#misshapen(JSON.stringify(stranger), 'is not "interface", "peers" or "version"');
    if (version !== undefined && version !== 1) throw this.#misshapen('version', 'is not 1, the only one there is');
    if ($schema !== undefined && typeof $schema !== 'string') throw this.#misshapen('$schema', 'is not a string');
    if (!Array.isArray(peers)) throw this.#misshapen('peers', 'is not an array');
    if (own === undefined && peers.length === 0)
      throw this.#misshapen('the whole', 'has neither "interface" nor one of "peers"');
    return {
      interface: own === undefined ? undefined : this.#section('interface', own, 'interface'),
      peers: peers.map((peer, index) => this.#section('peer', peer, `peers[${index}]`)),
    };
  }

  #section(kind: SectionKind, value: unknown, path: string): ModelSection {
    const { '#': comments = [], ...members } = this.#object(value, path);
    const builder = new SectionBuilder(kind, this.#source, this.#report);
    const seen = new Set<string>();
    for (const [key, member] of Object.entries(members)) {
      const place = `${path}.${key}`;
      if (seen.has(key.toLowerCase())) throw this.#misshapen(place, 'is there twice, in different letter case');
      seen.add(key.toLowerCase());
      for (const text of this.#texts(keyWord(kind, key), member, place)) builder.entry(key, text, 0, undefined);
    }
    return { ...builder.finish(), comments: this.#comments(comments, `${path}["#"]`) };
  }

  #texts(known: KeyWord | undefined, value: unknown, path: string): readonly string[] {
    const isNumeric = known?.shape === 'number' || known?.shape === 'range';
    if (typeof value === 'string') return [value];
    if (typeof value === 'boolean' && known?.shape === 'switch') return [value ? 'on' : 'off'];
    if (typeof value === 'boolean' && known?.shape === 'flag') return [`${value}`];
    if (typeof value === 'number' && isNumeric && Number.isSafeInteger(value) && value >= 0) return [`${value}`];
    if (known === undefined || known.shape === 'commands') return this.#strings(value, path);
    if (known.shape === 'list') return [this.#list(value, path)];
    throw this.#misshapen(path, `is not ${EXPECTED[known.shape]}`);
  }

  /** An item with a comma would come back as two. */
  #list(value: unknown, path: string): string {
    const items = this.#strings(value, path);
    if (items.some((item) => item.includes(','))) throw this.#misshapen(path, 'has an item with a comma in it');
    return items.join(',');
  }

  #strings(value: unknown, path: string): string[] {
    if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value;
    throw this.#misshapen(path, 'is neither a string nor an array of strings');
  }

  #comments(value: unknown, path: string): ModelComment[] {
    if (!Array.isArray(value)) throw this.#misshapen(path, 'is not an array');
    return value.map((item: unknown, index) => {
      const { line, after, text, ...others } = this.#object(item, `${path}[${index}]`);
      const isPlace = line === 'above' || line === 'own' || line === 'same';
      const isCount = typeof after === 'number' && Number.isSafeInteger(after) && after >= 0;
      if (!isPlace || !isCount || typeof text !== 'string' || Object.keys(others).length > 0)
        throw this.#misshapen(`${path}[${index}]`, 'is not a comment, which has "line", "after" and "text"');
      return { place: line, after, text: text.trimEnd() };
    });
  }

  #object(value: unknown, path: string): JsonObject {
    if (isObject(value)) return value;
    throw this.#misshapen(path, 'is not an object');
  }

  #misshapen(path: string, complaint: string): CodecError {
    return new CodecError('bad-shape', this.#source, `${printable(path)} ${complaint}`);
  }
}
