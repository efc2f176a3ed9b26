/** What holds for handshake datagrams of every profile that is accepted, and for every two that differ. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { nodeCrypto } from '../../src/crypto/node-crypto.ts';
import { writeUint32 } from '../../src/protocol/bytes.ts';
import { mac1KeyOf } from '../../src/protocol/cookie/mac-keys.ts';
import { MacStamper } from '../../src/protocol/cookie/mac-stamper.ts';
import type { AwgParameters } from '../../src/protocol/obfuscation/awg-parameters.ts';
import { disguise, TRAILER_WINDOW_BYTES } from '../../src/protocol/obfuscation/disguise.ts';
import { buildProfile } from '../../src/protocol/obfuscation/parameters.ts';
import type { Profile } from '../../src/protocol/obfuscation/profile.ts';
import type { Range } from '../../src/protocol/range.ts';
import { draw, overlap } from '../../src/protocol/range.ts';
import type { Instant } from '../../src/protocol/time.ts';
import { SeededRandom } from '../../src/testing/seeded-random.ts';
import type { Candidate } from '../support/handshake-reader.ts';
import { HandshakeReader } from '../support/handshake-reader.ts';

const crypto = nodeCrypto();
const receiver = new SeededRandom(99).fill(new Uint8Array(32));
const mac1Key = mac1KeyOf(crypto, receiver);
const KINDS = [
  { type: 'initiation', bytes: 148 },
  { type: 'response', bytes: 92 },
  { type: 'cookie-reply', bytes: 64 },
] as const;

type Kind = (typeof KINDS)[number];

/** All that both ends must agree on. */
type Agreed = Required<
  Pick<AwgParameters, 's1' | 's2' | 's3' | 's4' | 'h1' | 'h2' | 'h3' | 'h4' | 'headerProtectionKey' | 'randomTrailers'>
>;

/** Four disjoint ranges over all 32 bits, in any order. */
const headers = fc
  .uniqueArray(fc.oneof(fc.nat(1000), fc.nat(0xffff_ffff)), { minLength: 8, maxLength: 8 })
  .map((ends) => ends.sort((a, b) => a - b))
  .map((ends): Range[] => [0, 2, 4, 6].map((index) => ({ low: ends[index], high: ends[index + 1] })))
  .chain((ranges) => fc.shuffledSubarray(ranges, { minLength: 4 }));
const prefix = fc.oneof(fc.nat(64), fc.nat(1200)).map((size) => size + 12);
const key = fc.uint8Array({ minLength: 32, maxLength: 32 });
const parameters: fc.Arbitrary<Agreed> = fc
  .record({
    prefixes: fc.array(prefix, { minLength: 4, maxLength: 4 }),
    headers,
    headerProtectionKey: fc.option(key, { nil: new Uint8Array(32) }),
    randomTrailers: fc.boolean(),
  })
  .map(({ prefixes: [s1, s2, s3, s4], headers: [h1, h2, h3, h4], ...rest }) => {
    return { s1, s2, s3, s4, h1, h2, h3, h4, ...rest };
  });
const kinds = fc.constantFrom(...KINDS);

/** A message with everything that the wire cares about: type and mac1. */
function messageOf({ type, bytes }: Kind, header: Range, random: SeededRandom): Uint8Array {
  const message = random.fill(new Uint8Array(bytes));
  writeUint32(message, 0, draw(header, random));
  if (type !== 'cookie-reply') new MacStamper(crypto, receiver).stamp(message, 1 as Instant);
  return message;
}

function shapeOf(profile: Profile, { type }: Kind) {
  if (type === 'initiation') return profile.initiation;
  return type === 'response' ? profile.response : profile.cookieReply;
}

function send(profile: Profile, kind: Kind, seed: number): { message: Uint8Array; datagram: Uint8Array } {
  const random = new SeededRandom(seed);
  const shape = shapeOf(profile, kind);
  const message = messageOf(kind, shape.header, random);
  return { message, datagram: disguise(profile, shape, message, crypto, random) };
}

function receive(profile: Profile, datagram: Uint8Array): Candidate | undefined {
  return new HandshakeReader(crypto, profile).read(datagram, mac1Key);
}

test('what a profile sends it reads again, byte for byte', () => {
  fc.assert(
    fc.property(parameters, kinds, fc.nat(), (given, kind, seed) => {
      const { profile } = buildProfile(given);
      const { message, datagram } = send(profile, kind, seed);
      const candidates = new HandshakeReader(crypto, profile).candidates(datagram);
      const own = candidates.find(({ type }) => type === kind.type);
      assert.deepEqual(own, { type: kind.type, message });
      if (kind.type !== 'cookie-reply') assert.deepEqual(receive(profile, datagram), own);
    }),
    { numRuns: 300 },
  );
});

test('trailers stay within the window, and are there only where they are switched on', () => {
  fc.assert(
    fc.property(parameters, kinds, fc.nat(), (given, kind, seed) => {
      const { profile } = buildProfile(given);
      const bytes = shapeOf(profile, kind).prefix + kind.bytes;
      const { length } = send(profile, kind, seed).datagram;
      if (profile.randomTrailers) assert.ok(length >= bytes && length < Math.max(TRAILER_WINDOW_BYTES, bytes + 1));
      else assert.equal(length, bytes);
    }),
    { numRuns: 300 },
  );
});

const CHANGES = ['prefix', 'header', 'key'] as const;

/** One parameter that matters to `kind`, changed. */
function mismatch(given: Agreed, kind: Kind, what: (typeof CHANGES)[number], other: Uint8Array): Agreed {
  const [size, header] = kind.type === 'initiation' ? (['s1', 'h1'] as const) : (['s2', 'h2'] as const);
  if (what === 'prefix') return { ...given, [size]: given[size] + 1 };
  if (what === 'key') return { ...given, headerProtectionKey: other };
  return { ...given, [header]: given.h4, h4: given[header] };
}

test('one parameter that differs, and a handshake is not recognised', () => {
  const kindsWithMac = fc.constantFrom(...KINDS.slice(0, 2));
  fc.assert(
    fc.property(
      parameters,
      kindsWithMac,
      fc.constantFrom(...CHANGES),
      key,
      fc.nat(),
      (given, kind, what, otherKey, seed) => {
        fc.pre(Buffer.compare(otherKey, given.headerProtectionKey) !== 0);
        const [own, other] = [buildProfile(given), buildProfile(mismatch(given, kind, what, otherKey))];
        assert.ok(
          what !== 'header' || !overlap(shapeOf(own.profile, kind).header, shapeOf(other.profile, kind).header),
        );
        const candidate = receive(other.profile, send(own.profile, kind, seed).datagram);
        // A cookie reply shows no MAC until its peer is known; the core finds out and stays silent too.
        assert.ok(candidate === undefined || candidate.type === 'cookie-reply', candidate?.type);
      },
    ),
    { numRuns: 300 },
  );
});

test('a trailer is not tolerated by an end that has them switched off', () => {
  const { profile } = buildProfile({ randomTrailers: true });
  const [initiation] = KINDS;
  for (let seed = 0; seed < 50; seed++) {
    const { datagram } = send(profile, initiation, seed);
    const expected = datagram.length === 148 ? 'initiation' : undefined;
    assert.equal(receive(buildProfile({}).profile, datagram)?.type, expected);
  }
});

test('any bytes are taken for something or nothing, and never throw', () => {
  fc.assert(
    fc.property(parameters, fc.uint8Array({ maxLength: 1600 }), (given, datagram) => {
      const candidate = receive(buildProfile(given).profile, datagram);
      assert.ok(candidate === undefined || candidate.type === 'cookie-reply');
    }),
    { numRuns: 500 },
  );
});
