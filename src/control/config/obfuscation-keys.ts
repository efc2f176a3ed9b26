/**
 * The AWG keys of [Interface]. Single values are read here; whether they fit together is for
 * `buildProfile` to say, whose complaints are given the line of the key that they are about.
 */
import type { AwgKey, AwgParameters } from '../../protocol/obfuscation/awg-parameters.ts';
import { nameOf } from '../../protocol/obfuscation/awg-parameters.ts';
import type { Generation } from '../../protocol/obfuscation/generation.ts';
import { GENERATIONS, isGeneration } from '../../protocol/obfuscation/generation.ts';
import { parseHeaderRange } from '../../protocol/obfuscation/header-range.ts';
import { ObfuscationError } from '../../protocol/obfuscation/obfuscation-error.ts';
import type { BuiltProfile } from '../../protocol/obfuscation/parameters.ts';
import { buildProfile } from '../../protocol/obfuscation/parameters.ts';
import type { Range } from '../../protocol/range.ts';
import { contains } from '../../protocol/range.ts';
import type { ConfigPlace } from './config-error.ts';
import { ConfigError, warningAt } from './config-error.ts';
import type { KeyMeaning, Warn } from './key-table.ts';
import { compact, parseInteger, parseKey, parseRangeValue, parseSwitch } from './values.ts';

type Writable<T> = { -readonly [Name in keyof T]: T[Name] };

export interface ObfuscationDraft {
  readonly parameters: Writable<AwgParameters>;
  /** Where each key was last set, by lower-case name. BOUNDED by the number of names. */
  readonly places: Map<string, ConfigPlace>;
}

export function newObfuscationDraft(): ObfuscationDraft {
  return { parameters: {}, places: new Map() };
}

/** The keys of AwgParameters whose values are of one type. */
type KeysOf<Type> = { [Key in AwgKey]-?: Exclude<AwgParameters[Key], undefined> extends Type ? Key : never }[AwgKey];

const SIZES: ReadonlyArray<KeysOf<number>> = ['jc', 'jmin', 'jmax', 's1', 's2', 's3', 's4'];
const HEADERS = ['h1', 'h2', 'h3', 'h4'] as const;
const SIGNATURES: ReadonlyArray<KeysOf<string>> = ['i1', 'i2', 'i3', 'i4', 'i5', 'j1', 'j2', 'j3'];
const RANGES: ReadonlyArray<KeysOf<Range>> = [
  'contentPaddingAddition',
  'rekeyAfterTime',
  'rekeyTimeout',
  'rejectAfterTime',
  'keepaliveTimeout',
  'maxHandshakeAttempts',
];
const SWITCHES: ReadonlyArray<KeysOf<boolean>> = ['randomTrailers', 'disableCookies'];

const MAX_SIZE = 65535;
const MAX_ITIME = 0xffff_ffff;

/** What is newer than AmneziaWG 1.0 may be left empty, as some of its tools write what is not set. */
export const OBFUSCATION_KEYS: ReadonlyArray<KeyMeaning<ObfuscationDraft>> = [
  ...SIZES.map((key) => meaning(key, false, (place) => parseInteger(place, 0, MAX_SIZE))),
  ...HEADERS.map((key) => meaning(key, false, parseHeader)),
  // Inner spaces are part of the value: they separate a tag from its argument.
  ...SIGNATURES.map((key) => meaning(key, true, (place) => place.value)),
  meaning('itime', true, (place) => (place.value === '' ? 0 : parseInteger(place, 0, MAX_ITIME))),
  secret('headerProtectionKey'),
  ...RANGES.map((key) => meaning(key, true, parseRangeValue)),
  ...SWITCHES.map((key) => meaning(key, true, parseSwitch)),
  meaning('generation', false, parseGeneration),
];

function meaning<Key extends keyof AwgParameters>(
  key: Key,
  mayBeEmpty: boolean,
  parse: (place: ConfigPlace) => AwgParameters[Key],
): KeyMeaning<ObfuscationDraft> {
  const read: KeyMeaning<ObfuscationDraft>['read'] = ({ parameters, places }, place) => {
    parameters[key] = parse(place);
    places.set(key.toLowerCase(), place);
  };
  return { name: nameOf(key), mayBeEmpty, read };
}

/** No message repeats its value. */
function secret(key: KeysOf<Uint8Array>): KeyMeaning<ObfuscationDraft> {
  const read: KeyMeaning<ObfuscationDraft>['read'] = ({ parameters, places }, place) => {
    delete parameters[key];
    if (place.value !== '') parameters[key] = parseKey(place);
    places.set(key.toLowerCase(), { ...place, value: '' });
  };
  return { name: nameOf(key), mayBeEmpty: true, read };
}

function parseHeader(place: ConfigPlace): Range {
  return locateErrors(
    () => parseHeaderRange(compact(place.value)),
    () => place,
  );
}

/** `auto` is the same as not saying it. */
function parseGeneration(place: ConfigPlace): Generation | undefined {
  const text = compact(place.value).toLowerCase();
  if (text === 'auto') return undefined;
  if (isGeneration(text)) return text;
  throw new ConfigError('bad-value', place, `is neither "auto" nor one of ${GENERATIONS.join(', ')}`);
}

/** @throws ConfigError where the values contradict each other */
export function finishProfile(draft: ObfuscationDraft, file: string, warn: Warn): BuiltProfile {
  const placeOf = (key: string): ConfigPlace =>
    draft.places.get(key.toLowerCase()) ?? { file, line: lineOfReason(draft), key, value: '' };
  refuseClashWithDefault(draft);
  const built = locateErrors(() => buildProfile(draft.parameters), placeOf);
  for (const warning of built.warnings) warn(warningAt(placeOf(warning.key), warning.message));
  return built;
}

/** A key that is not in the file is complained about because of one of these; the file as a whole otherwise. */
function lineOfReason({ places }: ObfuscationDraft): number {
  return (places.get('headerprotectionkey') ?? places.get('randomtrailers'))?.line ?? 0;
}

/** A header that is not in the file cannot be pointed at; the one that takes its value can. */
function refuseClashWithDefault({ parameters, places }: ObfuscationDraft): void {
  for (const [index, unset] of HEADERS.entries()) {
    if (parameters[unset] !== undefined) continue;
    const value = index + 1;
    for (const key of HEADERS) {
      const range = parameters[key];
      const place = places.get(key);
      if (range === undefined || place === undefined || !contains(range, value)) continue;
      throw new ConfigError(
        'header-overlap',
        place,
        `overlaps ${nameOf(unset)}, which is ${value} while it is not set`,
      );
    }
  }
}

function locateErrors<T>(action: () => T, placeOf: (key: string) => ConfigPlace): T {
  try {
    return action();
  } catch (error) {
    if (!(error instanceof ObfuscationError)) throw error;
    throw new ConfigError(
      error.code === 'header-overlap' ? 'header-overlap' : 'bad-obfuscation',
      placeOf(error.key),
      error.complaint,
    );
  }
}
