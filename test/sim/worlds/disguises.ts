/** How the hosts of a simulated world look on the wire: a profile of each generation, with its timers. */
import type { AwgParameters } from '../../../src/protocol/obfuscation/awg-parameters.ts';
import type { BuiltProfile } from '../../../src/protocol/obfuscation/parameters.ts';
import { buildProfile } from '../../../src/protocol/obfuscation/parameters.ts';
import { exactly } from '../../../src/protocol/range.ts';

const SECOND_GENERATION: AwgParameters = {
  jc: 3,
  jmin: 20,
  jmax: 90,
  s1: 30,
  s2: 45,
  s3: 20,
  s4: 17,
  h1: { low: 1_000_000, high: 1_500_000 },
  h2: { low: 471_800_590, high: 471_800_690 },
  h3: { low: 1_246_894_907, high: 1_246_895_000 },
  h4: { low: 923_637_689, high: 923_637_790 },
  i1: '<b 0xc0ffee><r 20><t>',
};

const HEADER_PROTECTION_KEY = Uint8Array.from({ length: 32 }, (_, index) => index + 1);

const PARAMETERS = {
  null: {},
  '1.0': {
    jc: 4,
    jmin: 40,
    jmax: 70,
    s1: 31,
    s2: 47,
    h1: exactly(1001),
    h2: exactly(2002),
    h3: exactly(3003),
    h4: exactly(4004),
  },
  '2.0': SECOND_GENERATION,
  '3.0': {
    ...SECOND_GENERATION,
    headerProtectionKey: HEADER_PROTECTION_KEY,
    contentPaddingAddition: { low: 3, high: 60 },
    rekeyAfterTime: { low: 100, high: 130 },
    rekeyTimeout: { low: 4, high: 6 },
    keepaliveTimeout: { low: 8, high: 12 },
  },
  '3.1': { ...SECOND_GENERATION, headerProtectionKey: HEADER_PROTECTION_KEY, randomTrailers: true },
} satisfies Record<string, AwgParameters>;

export type DisguiseName = keyof typeof PARAMETERS;

export const DISGUISES = Object.keys(PARAMETERS) as readonly DisguiseName[];

/** BOUNDED by the names. */
const built = new Map<DisguiseName, BuiltProfile>();

export function disguiseNamed(name: DisguiseName): BuiltProfile {
  const known = built.get(name);
  if (known !== undefined) return known;
  const profile = buildProfile(PARAMETERS[name]);
  built.set(name, profile);
  return profile;
}
