/**
 * What is recorded with a real daemon: who talks to whom, under which keys and parameters. The keys
 * protect nothing; everything that we choose is the same in each recording.
 */
import type { Release } from '../../support/engines/amneziawg-releases.ts';
import { keyFromHex } from '../../support/keys.ts';
import type { ObfuscationKeys } from '../../support/tunnel-settings.ts';
import type { SessionRecordingName } from '../recording.ts';

export interface Scenario {
  readonly release: Release;
  readonly description: string;
  /** Of the daemon and of the scripted peer alike. */
  readonly obfuscation: ObfuscationKeys;
}

const JUNK: ObfuscationKeys = { Jc: 3, Jmin: 40, Jmax: 70 };
const TYPES: ObfuscationKeys = { H1: '1000001', H2: '2000002', H3: '3000000003', H4: '4000000004' };
const RANGES: ObfuscationKeys = {
  H1: '1000000-1500000',
  H2: '471800590-471800690',
  H3: '3246894907-3246895000',
  H4: '923637689-923637690',
};
const PROTECTED: ObfuscationKeys = {
  HeaderProtectionKey: keyFromHex('a1b2c3d4e5f60718293a4b5c6d7e8f90f1e2d3c4b5a697887766554433221100'),
};

export const SCENARIOS: Readonly<Record<SessionRecordingName, Scenario>> = {
  'awg10-session': {
    release: 'v0.2.12',
    description: '1.0: junk, S1, S2, single types',
    obfuscation: { ...JUNK, S1: 31, S2: 47, ...TYPES },
  },
  'awg15-session': {
    release: 'v0.2.13',
    description: '1.5: also S3, S4, I1, I2, J1, Itime',
    obfuscation: {
      ...JUNK,
      S1: 31,
      S2: 47,
      S3: 22,
      S4: 13,
      ...TYPES,
      I1: '<b 0xc0ffee01><t><c>',
      I2: '<b 0xc0ffee02><r 20>',
      J1: '<b 0xc0ffee03><c>',
      Itime: 120,
    },
  },
  'awg20-session': {
    release: 'v0.2.19',
    description: '2.0: S1-S4, ranges of types, I1 and I3',
    obfuscation: {
      ...JUNK,
      S1: 30,
      S2: 45,
      S3: 20,
      S4: 17,
      ...RANGES,
      I1: '<b 0xc0ffee><r 20><t>',
      I3: '<rc 7><rd 5>',
    },
  },
  'awg30-session': {
    release: 'v3.1.20260814',
    description: '3.0: header protection, content padding, unequal prefixes',
    obfuscation: {
      ...JUNK,
      S1: 30,
      S2: 45,
      S3: 20,
      S4: 17,
      ...RANGES,
      I2: '<b 0x0a0b><rd 30>',
      ...PROTECTED,
      ContentPaddingAddition: '10-60',
    },
  },
  'awg31-session': {
    release: 'v3.1.20260814',
    description: '3.1: header protection, random trailers, equal prefixes',
    obfuscation: {
      ...JUNK,
      S1: 16,
      S2: 16,
      S3: 16,
      S4: 16,
      ...RANGES,
      I2: '<b 0x0a0b><rd 30>',
      ...PROTECTED,
      RandomTrailers: 'on',
    },
  },
};

/** Private keys, clamped when loaded. */
export const KEYS = {
  daemonStatic: '1f'.repeat(32),
  peerStatic: '2e'.repeat(32),
  presharedKey: '3d'.repeat(32),
  strangerStatic: '4c'.repeat(32),
  /** Of the peer's handshake messages, one after the other. */
  peerEphemerals: ['5b', '6a', '79', '88'].map((byte) => byte.repeat(32)),
} as const;

export const TUNNEL = { daemonAddress: '10.77.0.1', peerAddress: '10.77.0.2', mtu: 1380 } as const;

/** What the child of the recorder is told. */
export interface PeerOrder {
  readonly scenario: Scenario;
  readonly daemon: { readonly address: string; readonly port: number };
  readonly peer: { readonly address: string; readonly port: number };
}
