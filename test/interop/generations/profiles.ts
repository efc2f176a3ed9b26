/** A profile for each generation, as far as the release that the generation is proven against accepts it. */
import type { Generation } from '../../../src/protocol/obfuscation/generation.ts';
import type { Range } from '../../../src/protocol/range.ts';
import type { Release } from '../../support/engines/amneziawg-releases.ts';
import type { ObfuscationKeys } from '../../support/tunnel-settings.ts';

export interface GenerationProfile {
  readonly generation: Generation;
  readonly release: Release;
  /** What both ends must agree on. */
  readonly shared: ObfuscationKeys;
  /** What each end chooses for itself: junk and signature packets. */
  readonly own: ObfuscationKeys;
  readonly foreign: ObfuscationKeys;
  /** Seconds: KeepaliveTimeout, and PersistentKeepalive of the initiator. */
  readonly passive: Range;
  readonly persistent: Range;
  /** Seconds between two handshakes of a busy tunnel, at least and at most. */
  readonly rekey: Range;
}

/** WireGuard's times; the persistent keepalive is ours to choose. */
const FIXED_TIMES = {
  passive: { low: 10, high: 10 },
  persistent: { low: 13, high: 13 },
  rekey: { low: 120, high: 120 },
} as const;

/** From 3.0 on they can be chosen, and so be short. */
const CHOSEN_TIMES = {
  passive: { low: 3, high: 4 },
  persistent: { low: 5, high: 6 },
  rekey: { low: 30, high: 35 },
} as const;

export const TIME_KEYS: ObfuscationKeys = {
  RekeyAfterTime: '30-35',
  RekeyTimeout: '3-5',
  RejectAfterTime: '80-90',
  KeepaliveTimeout: '3-4',
  MaxHandshakeAttempts: '10-12',
};

export const HEADER_PROTECTION_KEY = Buffer.from('awg-vpn interop: protect headers').toString('base64');

/** Single types; the upper two are above 2^31. */
const TYPES: ObfuscationKeys = { H1: 1_000_001, H2: 2_000_002, H3: 3_000_000_003, H4: 4_000_000_004 };

const TYPE_RANGES: ObfuscationKeys = {
  H1: '100000-199999',
  H2: '1234567890',
  H3: '3000000000-3999999999',
  H4: '255-4095',
};

const JUNK: ObfuscationKeys = { Jc: 4, Jmin: 40, Jmax: 300 };
const LITTLE_JUNK: ObfuscationKeys = { Jc: 3, Jmin: 8, Jmax: 80 };

const SIGNATURES: ObfuscationKeys = { I1: '<b 0xc70000000108><r 8><t><rc 12><rd 6>', I3: '<r 600>' };

/** The sizes of all kinds differ, on which releases up to v0.2.13 insist. */
export const PROFILES: readonly GenerationProfile[] = [
  {
    generation: '1.0',
    release: 'v0.2.12',
    shared: { S1: 31, S2: 47, ...TYPES },
    own: JUNK,
    foreign: LITTLE_JUNK,
    ...FIXED_TIMES,
  },
  {
    generation: '1.5',
    release: 'v0.2.13',
    // No S4: releases of this generation send keepalives without it.
    shared: { S1: 31, S2: 47, S3: 22, ...TYPES },
    own: { ...JUNK, I1: '<b 0xc0ffee01><t><c>', I3: '<r 100>', J1: '<b 0xc0ffee02><c>', Itime: 120 },
    // This release stops reading at a gap.
    foreign: { ...LITTLE_JUNK, I1: '<b 0xdecade01><t><c>', I2: '<r 100>', J1: '<b 0xdecade02><c>', Itime: 120 },
    ...FIXED_TIMES,
  },
  {
    generation: '2.0',
    release: 'v0.2.19',
    shared: { S1: 31, S2: 47, S3: 22, S4: 12, ...TYPE_RANGES },
    own: { ...JUNK, ...SIGNATURES },
    foreign: { ...LITTLE_JUNK, I2: '<b 0x0001><r 48>', I5: '<rd 9>' },
    ...FIXED_TIMES,
  },
  {
    generation: '3.0',
    release: 'v3.1.20260814',
    shared: {
      S1: 31,
      S2: 47,
      S3: 22,
      S4: 12,
      ...TYPE_RANGES,
      HeaderProtectionKey: HEADER_PROTECTION_KEY,
    },
    own: { ...JUNK, ...SIGNATURES, ContentPaddingAddition: '0-64', ...TIME_KEYS },
    foreign: { ...LITTLE_JUNK, I2: '<b 0x0001><r 48>', ContentPaddingAddition: '1-200', ...TIME_KEYS },
    ...CHOSEN_TIMES,
  },
  {
    generation: '3.1',
    release: 'v3.1.20260814',
    // Equal prefixes: with trailers, upstream's receiver loses packets otherwise.
    shared: {
      S1: 24,
      S2: 24,
      S3: 24,
      S4: 24,
      ...TYPE_RANGES,
      HeaderProtectionKey: HEADER_PROTECTION_KEY,
      RandomTrailers: 'on',
    },
    own: { ...JUNK, ...SIGNATURES, ...TIME_KEYS },
    foreign: { ...LITTLE_JUNK, I2: '<b 0x0001><r 48>', ...TIME_KEYS },
    ...CHOSEN_TIMES,
  },
];

/** With prefixes and the IPv6 header, packets of this size still fit a cable of 1500. */
export const MTU = 1380;
