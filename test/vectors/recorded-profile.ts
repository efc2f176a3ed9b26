/** The profile of a recording, from the names and values of the userspace API. */
import type { AwgParameters } from '../../src/protocol/obfuscation/awg-parameters.ts';
import { parseHeaderRange } from '../../src/protocol/obfuscation/header-range.ts';
import { buildProfile } from '../../src/protocol/obfuscation/parameters.ts';
import type { Profile } from '../../src/protocol/obfuscation/profile.ts';
import { parseRange } from '../../src/protocol/obfuscation/range-text.ts';
import { hex } from './derived-values.ts';
import type { Recording } from './recording.ts';

export function recordedProfile({ parameters }: Recording): Profile {
  const entries = Object.entries(parameters).map(([key, value]) => {
    const name = key.replaceAll(/_(.)/g, (_, letter: string) => letter.toUpperCase());
    if (typeof value !== 'string') return [name, value];
    if (key === 'header_protection_key') return [name, hex(value)];
    if (key === 'content_padding_addition') return [name, parseRange(value)];
    return [name, key.startsWith('h') ? parseHeaderRange(value) : value];
  });
  return buildProfile(Object.fromEntries(entries) as AwgParameters).profile;
}
