/**
 * The AWG keys of [Interface]. Single values are read here; whether they fit together is for
 * `buildProfile` to say, whose complaints are given the line of the key that they are about.
 */

import { contains, parseHeaderRange } from '../../protocol/obfuscation/header-range.ts';
import { ObfuscationError } from '../../protocol/obfuscation/obfuscation-error.ts';
import type { AwgParameters } from '../../protocol/obfuscation/parameters.ts';
import { buildProfile } from '../../protocol/obfuscation/parameters.ts';
import type { Profile } from '../../protocol/obfuscation/profile.ts';
import type { ConfigPlace } from './config-error.ts';
import { ConfigError, warningAt } from './config-error.ts';
import type { Warn } from './key-table.ts';
import { compact, parseInteger } from './values.ts';

export const SIZE_KEYS = ['Jc', 'Jmin', 'Jmax', 'S1', 'S2', 'S3', 'S4'] as const;
export const HEADER_KEYS = ['H1', 'H2', 'H3', 'H4'] as const;
export const SIGNATURE_KEYS = ['I1', 'I2', 'I3', 'I4', 'I5'] as const;

type Writable<T> = { -readonly [Name in keyof T]: T[Name] };

export interface ObfuscationDraft {
  readonly parameters: Writable<AwgParameters>;
  /** Where each key was last set, by lower-case name. */
  readonly places: Map<string, ConfigPlace>;
}

export function readSize(draft: ObfuscationDraft, name: (typeof SIZE_KEYS)[number], place: ConfigPlace): void {
  draft.parameters[lowerCase(name)] = parseInteger(place, 0, 65535);
  draft.places.set(lowerCase(name), place);
}

export function readHeader(draft: ObfuscationDraft, name: (typeof HEADER_KEYS)[number], place: ConfigPlace): void {
  const range = locateErrors(
    () => parseHeaderRange(compact(place.value)),
    () => place,
  );
  draft.parameters[lowerCase(name)] = range;
  draft.places.set(lowerCase(name), place);
}

/** Inner spaces are part of the value: they separate a tag from its argument. Nothing means unset. */
export function readSignature(
  draft: ObfuscationDraft,
  name: (typeof SIGNATURE_KEYS)[number],
  place: ConfigPlace,
): void {
  delete draft.parameters[lowerCase(name)];
  if (place.value !== '') draft.parameters[lowerCase(name)] = place.value;
  draft.places.set(lowerCase(name), place);
}

/** @throws ConfigError where the values contradict each other */
export function finishProfile(draft: ObfuscationDraft, file: string, warn: Warn): Profile {
  const placeOf = (key: string): ConfigPlace =>
    draft.places.get(key.toLowerCase()) ?? { file, line: 0, key, value: '' };
  refuseClashWithDefault(draft);
  const { profile, warnings } = locateErrors(() => buildProfile(draft.parameters), placeOf);
  for (const warning of warnings) warn(warningAt(placeOf(warning.key), warning.message));
  return profile;
}

/** A header that is not in the file cannot be pointed at; the one that takes its value can. */
function refuseClashWithDefault({ parameters, places }: ObfuscationDraft): void {
  for (const [index, unset] of HEADER_KEYS.entries()) {
    if (parameters[lowerCase(unset)] !== undefined) continue;
    const value = index + 1;
    for (const key of HEADER_KEYS) {
      const range = parameters[lowerCase(key)];
      const place = places.get(lowerCase(key));
      if (range === undefined || place === undefined || !contains(range, value)) continue;
      throw new ConfigError('header-overlap', place, `overlaps ${unset}, which is ${value} while it is not set`);
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

function lowerCase<Name extends string>(name: Name): Lowercase<Name> {
  return name.toLowerCase() as Lowercase<Name>;
}
