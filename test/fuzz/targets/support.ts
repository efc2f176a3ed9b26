/** Small things that many targets need. */
import { CodecError } from '../../../src/control/codec/codec-error.ts';
import { ConfigError } from '../../../src/control/config/config-error.ts';
import { parseConfig } from '../../../src/control/config/parse.ts';
import { SerialiseError } from '../../../src/control/config/serialise.ts';
import type { Profile } from '../../../src/protocol/obfuscation/profile.ts';
import { typed } from '../engine/target.ts';

/** As a file or a socket would bring it: bytes that are no UTF-8 become replacement characters. */
export function textOf(input: Uint8Array): string {
  return new TextDecoder().decode(input);
}

export function same(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a !== undefined && b !== undefined && Buffer.compare(a, b) === 0;
}

/** What the readers of configurations may throw. */
export function configTyped<T>(run: () => T): T | undefined {
  return typed(run, ConfigError, CodecError, SerialiseError);
}

export const PRIVATE_KEY = Buffer.alloc(32, 1).toString('base64');
export const PUBLIC_KEY = Buffer.alloc(32, 9).toString('base64');

const EARLY = 'S1 = 31\nS2 = 47\nH1 = 1001\nH2 = 2002\nH3 = 3003\nH4 = 4004\n';
const RANGES =
  'S1 = 31\nS2 = 47\nS3 = 22\nS4 = 12\nH1 = 100000-100099\nH2 = 200000-200099\nH3 = 300000-300099\nH4 = 400000-400099\n';
const PROTECTED = `${RANGES}HeaderProtectionKey = ${Buffer.alloc(32, 0x5a).toString('base64')}\n`;

/** Settings of every generation: what a datagram looks like differs between them, and how it is read. */
export const GENERATIONS: Readonly<Record<string, string>> = {
  null: '',
  '1.0': `Jc = 4\nJmin = 40\nJmax = 70\n${EARLY}`,
  '1.5': `${EARLY}J1 = <b 0xc0ff><c>\nItime = 60\n`,
  '2.0': `${RANGES}I1 = <b 0xc70000000108><r 8><t>\n`,
  '3.0': `${PROTECTED}ContentPaddingAddition = 3-40\n`,
  '3.1': `${PROTECTED}RandomTrailers = on\n`,
  // Ranges so wide that everything looks like everything.
  wide: `S1 = 12\nS2 = 12\nS3 = 12\nS4 = 12\nH1 = 0-1073741823\nH2 = 1073741824-2147483647\nH3 = 2147483648-3221225471\nH4 = 3221225472-4294967295\nHeaderProtectionKey = ${Buffer.alloc(32, 7).toString('base64')}\nRandomTrailers = on\n`,
};

export function profileFrom(settings: string): Profile {
  return parseConfig(`[Interface]\nPrivateKey = ${PRIVATE_KEY}\n${settings}`, 'fuzz.conf').profile;
}

/** One of each generation. */
export const PROFILES: readonly Profile[] = Object.values(GENERATIONS).map(profileFrom);
