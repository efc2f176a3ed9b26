/** The shape of the tables that say what each key of a section means. */
import type { ConfigErrorCode, ConfigPlace, ConfigWarning } from './config-error.ts';
import { ConfigError, quotableName, warningAt } from './config-error.ts';
import { nearestName } from './key-names.ts';
import type { Entry } from './lines.ts';

/** What one key does to the settings being collected; the last of repeated scalars wins. */
export interface KeyMeaning<Draft> {
  readonly name: string;
  /** `Key =` with nothing behind it is an error unless this is set. */
  readonly mayBeEmpty?: boolean;
  read(draft: Draft, place: ConfigPlace, warn: Warn): void;
}

export type Warn = (warning: ConfigWarning) => void;

export type KeyTable<Draft> = ReadonlyMap<string, KeyMeaning<Draft>>;

export function keyTable<Draft>(...meanings: ReadonlyArray<KeyMeaning<Draft>>): KeyTable<Draft> {
  return new Map(meanings.map((meaning) => [meaning.name.toLowerCase(), meaning]));
}

/** A key that has no effect here and says so. The value is not repeated: hooks may hold secrets. */
export function ignored<Draft>(name: string, explanation: string): KeyMeaning<Draft> {
  return {
    name,
    mayBeEmpty: true,
    read: (_draft, place, warn) => warn(warningAt({ ...place, value: '' }, `is ignored in this version${explanation}`)),
  };
}

/** Applies one entry to the draft. `otherKeys` are the keys of the other kind of section. */
export function applyEntry<Draft>(
  table: KeyTable<Draft>,
  otherKeys: readonly string[],
  draft: Draft,
  entry: Entry,
  file: string,
  warn: Warn,
): void {
  const meaning = table.get(entry.key.toLowerCase());
  if (meaning === undefined) throw unknownKey(table, otherKeys, entry, file);
  const place = { file, line: entry.line, key: meaning.name, value: entry.value };
  if (entry.value === '' && meaning.mayBeEmpty !== true)
    throw new ConfigError('empty-value', place, 'has no value; remove the line to leave it unset');
  meaning.read(draft, place, warn);
}

function unknownKey<Draft>(
  table: KeyTable<Draft>,
  otherKeys: readonly string[],
  entry: Entry,
  file: string,
): ConfigError {
  const place = { file, line: entry.line, key: '', value: quotableName(entry.key) };
  const elsewhere = otherKeys.find((name) => name.toLowerCase() === entry.key.toLowerCase());
  if (elsewhere !== undefined) return complain('wrong-section', `${elsewhere} belongs into the other kind of section`);
  const nearest = nearestName(entry.key, [...[...table.values()].map((meaning) => meaning.name), ...otherKeys]);
  return complain('unknown-key', `is not a known key${nearest === undefined ? '' : `; did you mean ${nearest}?`}`);

  function complain(code: ConfigErrorCode, text: string): ConfigError {
    return new ConfigError(code, place, text);
  }
}
