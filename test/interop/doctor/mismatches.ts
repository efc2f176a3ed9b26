/** One wrong parameter each: what amneziawg-go is told otherwise than our file says, and what doctor must find. */
import type { Parameter } from '../../../src/protocol/diagnosis/finding.ts';
import type { Release } from '../../support/engines/amneziawg-releases.ts';
import type { ObfuscationKeys } from '../../support/tunnel-settings.ts';
import { HEADER_PROTECTION_KEY } from '../generations/profiles.ts';

/** Which end doctor stands in for: the one that calls, or the one that is called. */
export type Role = 'client' | 'server';

export interface Mismatch {
  readonly name: string;
  readonly role: Role;
  readonly release: Release;
  /** What both ends have otherwise. */
  readonly shared: ObfuscationKeys;
  /** What only our file has, and what only the other end has. */
  readonly ours?: ObfuscationKeys;
  readonly theirs?: ObfuscationKeys;
  /** A key of the other end that is not what it should be. */
  readonly wrongKey?: 'their-public-key-of-us' | 'their-private-key' | 'their-preshared-key' | 'no-preshared-key';
  /** Arguments of doctor. */
  readonly args?: readonly string[];
  /** Where the other end is flooded, so that it asks for cookies. */
  readonly underLoad?: boolean;
  /** Whether the other end has something to say by itself. Default yes. */
  readonly speaks?: boolean;
  readonly expected: Expected;
}

export type Expected =
  | { readonly found: Parameter; readonly theirs: RegExp }
  /** Nothing differs, and the tunnel works. */
  | 'healthy'
  /** The other end is silent: the list of causes is all that there can be. */
  | 'silence';

const BASE: ObfuscationKeys = {
  S1: 31,
  S2: 47,
  S3: 22,
  S4: 12,
  H1: '100000-199999',
  H2: '1234567890',
  H3: '3000000000-3999999999',
  H4: '255-4095',
};

/** Equal prefixes, as upstream wants them with trailers. */
const BASE_3: ObfuscationKeys = { ...BASE, S1: 24, S2: 24, S3: 24, S4: 24 };

const PROTECTED: ObfuscationKeys = { HeaderProtectionKey: HEADER_PROTECTION_KEY };
const OTHERWISE_PROTECTED: ObfuscationKeys = {
  HeaderProtectionKey: Buffer.from('awg-vpn interop: another header!').toString('base64'),
};

type Line = Omit<Mismatch, 'role' | 'release' | 'shared'>;

const found = (parameter: Parameter, theirs: RegExp): Expected => ({ found: parameter, theirs });

/** The other end calls us. */
const AS_SERVER: readonly Line[] = [
  { name: 'nothing', expected: 'healthy' },
  { name: 'S1', theirs: { S1: 41 }, expected: found('S1', /^41$/) },
  { name: 'S2', theirs: { S2: 57 }, expected: found('S2', /^57$/) },
  { name: 'S4', theirs: { S4: 33 }, expected: found('S4', /^33$/) },
  { name: 'H1', theirs: { H1: '200000-200005' }, expected: found('H1', /20000[0-5]/) },
  { name: 'H2', theirs: { H2: '7' }, expected: found('H2', /^7$/) },
  { name: 'H4', theirs: { H4: '5000' }, expected: found('H4', /^5000$/) },
  { name: 'its PublicKey of this end', wrongKey: 'their-public-key-of-us', expected: found('PublicKey', /^another$/) },
  { name: 'PublicKey of it in this file', wrongKey: 'their-private-key', expected: found('PublicKey', /=$/) },
  { name: 'PresharedKey', wrongKey: 'their-preshared-key', expected: found('PresharedKey', /^another$/) },
  { name: 'PresharedKey missing there', wrongKey: 'no-preshared-key', expected: found('PresharedKey', /^not set$/) },
];

/** We call it. */
const AS_CLIENT: readonly Line[] = [
  { name: 'nothing', expected: 'healthy' },
  { name: 'S1', theirs: { S1: 41 }, expected: 'silence' },
  { name: 'S1', theirs: { S1: 41 }, args: ['--probe'], expected: found('S1', /^41$/) },
  { name: 'S2', theirs: { S2: 57 }, expected: found('S2', /^57$/) },
  { name: 'S3', theirs: { S3: 60 }, underLoad: true, expected: found('S3', /^60$/) },
  { name: 'S4', theirs: { S4: 33 }, expected: found('S4', /^33$/) },
  { name: 'S4', theirs: { S4: 33 }, speaks: false, args: ['--probe'], expected: found('S4', /^33$/) },
  { name: 'H1', theirs: { H1: '200000-200005' }, expected: 'silence' },
  { name: 'H2', theirs: { H2: '7' }, expected: found('H2', /^7$/) },
  { name: 'H3', theirs: { H3: '9' }, underLoad: true, expected: found('H3', /^9$/) },
  { name: 'H4', theirs: { H4: '5000' }, expected: found('H4', /^5000$/) },
  { name: 'its PublicKey of this end', wrongKey: 'their-public-key-of-us', expected: 'silence' },
  { name: 'PublicKey of it in this file', wrongKey: 'their-private-key', expected: 'silence' },
  { name: 'PresharedKey', wrongKey: 'their-preshared-key', expected: found('PresharedKey', /^another$/) },
];

const PROTECTION_AS_SERVER: readonly Line[] = [
  { name: 'nothing, header protection on', ours: PROTECTED, theirs: PROTECTED, expected: 'healthy' },
  { name: 'HeaderProtectionKey here only', ours: PROTECTED, expected: found('HeaderProtectionKey', /^not set$/) },
  { name: 'HeaderProtectionKey there only', theirs: PROTECTED, expected: found('HeaderProtectionKey', /^set$/) },
  {
    name: 'another HeaderProtectionKey',
    ours: PROTECTED,
    theirs: OTHERWISE_PROTECTED,
    expected: found('HeaderProtectionKey', /^another$/),
  },
  { name: 'RandomTrailers there only', theirs: { RandomTrailers: 'on' }, expected: found('RandomTrailers', /^on$/) },
];

const PROTECTION_AS_CLIENT: readonly Line[] = [
  { name: 'nothing, header protection on', ours: PROTECTED, theirs: PROTECTED, expected: 'healthy' },
  {
    name: 'HeaderProtectionKey here only',
    ours: PROTECTED,
    args: ['--probe'],
    expected: found('HeaderProtectionKey', /^not set$/),
  },
  { name: 'HeaderProtectionKey there only', theirs: PROTECTED, expected: 'silence' },
  {
    name: 'RandomTrailers here only',
    ours: { RandomTrailers: 'on' },
    args: ['--probe'],
    expected: found('RandomTrailers', /^off$/),
  },
];

function rows(role: Role, release: Release, shared: ObfuscationKeys, lines: readonly Line[]): Mismatch[] {
  return lines.map((line) => ({ ...line, role, release, shared }));
}

export const MISMATCHES: readonly Mismatch[] = [
  ...rows('server', 'v0.2.19', BASE, AS_SERVER),
  ...rows('client', 'v0.2.19', BASE, AS_CLIENT),
  ...rows('server', 'v3.1.20260814', BASE_3, PROTECTION_AS_SERVER),
  ...rows('client', 'v3.1.20260814', BASE_3, PROTECTION_AS_CLIENT),
];
