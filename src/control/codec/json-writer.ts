/** Settings as JSON for programs; docs/config.schema.json describes it. */
import type { ConfigModel, ModelComment, ModelEntry, ModelSection } from './config-model.ts';
import type { KeyWord, SectionKind } from './key-vocabulary.ts';
import { keyWord } from './key-vocabulary.ts';
import { flagState, listItems, plainNumber, switchState } from './value-text.ts';

export type JsonValue = string | number | boolean | readonly string[];

/** Under `#`, which no key can be called. */
export interface JsonComment {
  readonly line: ModelComment['place'];
  readonly after: number;
  readonly text: string;
}

export type JsonSection = Readonly<Record<string, JsonValue | readonly JsonComment[]>>;

export interface JsonConfig {
  readonly version: 1;
  readonly interface?: JsonSection;
  readonly peers: readonly JsonSection[];
}

export function toJson(model: ConfigModel): JsonConfig {
  return {
    version: 1,
    ...(model.interface !== undefined && { interface: sectionObject('interface', model.interface) }),
    peers: model.peers.map((peer) => sectionObject('peer', peer)),
  };
}

function sectionObject(kind: SectionKind, { entries, comments }: ModelSection): JsonSection {
  const section: Record<string, JsonSection[string]> = {};
  if (comments.length > 0) section['#'] = comments.map(({ place, after, text }) => ({ line: place, after, text }));
  // Keys begin with a letter, so none of them is `__proto__`.
  for (const [key, texts] of byKey(entries)) section[key] = jsonValue(keyWord(kind, key), texts);
  return section;
}

function byKey(entries: readonly ModelEntry[]): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const { key, value } of entries) {
    const texts = found.get(key);
    if (texts === undefined) found.set(key, [value]);
    else texts.push(value);
  }
  return found;
}

/** What does not look like a value of its key stays a string. */
function jsonValue(known: KeyWord | undefined, texts: readonly string[]): JsonValue {
  const [text = ''] = texts;
  switch (known?.shape) {
    case 'list':
      return listItems(text);
    case 'commands':
      return texts;
    case 'number':
    case 'range':
      return plainNumber(text) ?? text;
    case 'switch':
      return switchState(text) ?? text;
    case 'flag':
      return flagState(text) ?? text;
    default:
      return texts.length === 1 ? text : texts;
  }
}
