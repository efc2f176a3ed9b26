/**
 * The disguises that the bench compares: one for each generation of AmneziaWG, each like what its
 * tools write today, and the same in every run.
 */
import { parseConfig } from '../../src/control/config/parse.ts';
import type { Profile } from '../../src/protocol/obfuscation/profile.ts';
import type { ObfuscationKeys } from '../support/tunnel-settings.ts';

export const PROFILE_NAMES = ['null', '1.0', '2.0', '3.1'] as const;

export type ProfileName = (typeof PROFILE_NAMES)[number];

const SECOND_GENERATION: ObfuscationKeys = {
  Jc: 4,
  Jmin: 40,
  Jmax: 70,
  S1: 31,
  S2: 47,
  S3: 22,
  // With IPv4 outside and an MTU of 1420 inside a datagram still fits a cable of 1500.
  S4: 12,
  // Narrow ranges: amneziawg-go 3.1 with trailers loses what happens to look like a handshake, and
  // ranges a billion wide would measure that loss instead of its speed.
  H1: '100000-100099',
  H2: '200000-200099',
  H3: '300000-300099',
  H4: '400000-400099',
  I1: '<b 0xc70000000108><r 8><t>',
};

/** As configuration files write them. */
export const PROFILE_KEYS: Readonly<Record<ProfileName, ObfuscationKeys>> = {
  null: {},
  '1.0': { Jc: 4, Jmin: 40, Jmax: 70, S1: 31, S2: 47, H1: 1001, H2: 2002, H3: 3003, H4: 4004 },
  '2.0': SECOND_GENERATION,
  '3.1': { ...SECOND_GENERATION, HeaderProtectionKey: Buffer.alloc(32, 0x5a).toString('base64'), RandomTrailers: 'on' },
};

/** For what runs in this process. */
export function profileNamed(name: ProfileName): Profile {
  const keys = Object.entries(PROFILE_KEYS[name]).map(([key, value]) => `${key} = ${value}`);
  const privateKey = `PrivateKey = ${Buffer.alloc(32, 1).toString('base64')}`;
  return parseConfig(['[Interface]', privateKey, ...keys, ''].join('\n'), 'bench.conf').profile;
}
