/** Parameters that the generation named in the configuration does not know. */

import type { AwgKey, AwgParameters } from './awg-parameters.ts';
import { nameOf } from './awg-parameters.ts';
import { isLater } from './generation.ts';
import { needs } from './needed-generation.ts';
import type { Profile } from './profile.ts';
import type { ProfileWarning } from './profile-warning.ts';

const SPECIAL: ReadonlySet<AwgKey> = new Set(['j1', 'j2', 'j3', 'itime']);

export function adviceOnGeneration({ generation }: Profile, parameters: AwgParameters): ProfileWarning[] {
  const warnings: ProfileWarning[] = [];
  for (const [key, since] of needs(parameters)) {
    if (SPECIAL.has(key) && generation !== '1.5') {
      const message = `has no effect: only generation 1.5 has it, and this is ${generation}`;
      warnings.push({ code: 'no-effect', key: nameOf(key), message });
    } else if (isLater(since, generation)) {
      const message = `came with generation ${since}; an end of generation ${generation} does not know it`;
      warnings.push({ code: 'newer-key', key: nameOf(key), message });
    }
  }
  return warnings;
}
