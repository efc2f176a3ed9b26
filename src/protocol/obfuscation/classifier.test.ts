import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { nodeCrypto } from '../../crypto/node-crypto.ts';
import { SeededRandom } from '../../testing/seeded-random.ts';
import { writeUint32 } from '../bytes.ts';
import { draw, exactly } from '../range.ts';
import { Classifier, MESSAGE } from './classifier.ts';
import { disguise } from './disguise.ts';
import type { HeaderRange } from './header-range.ts';
import { nullProfile } from './null-profile.ts';
import { buildProfile } from './parameters.ts';
import type { MessageShape, Profile } from './profile.ts';

/** All candidates of a datagram, in the order in which they are offered. */
function candidates(classifier: Classifier, datagram: Uint8Array, mask = 0): number[] {
  // Among other bytes, as in the arena.
  const arena = new Uint8Array(datagram.length + 32).fill(0xee);
  arena.set(datagram, 16);
  const view = new DataView(arena.buffer);
  const kinds: number[] = [];
  let kind: number = MESSAGE.none;
  for (;;) {
    kind = classifier.nextCandidate(view, 16, datagram.length, kind, mask);
    if (kind === MESSAGE.none) return kinds;
    kinds.push(kind);
  }
}

function message(type: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  if (length >= 4) writeUint32(bytes, 0, type);
  return bytes;
}

describe('Classifier for plain WireGuard', () => {
  const classifier = new Classifier(nullProfile());

  it('knows the four messages', () => {
    assert.deepEqual(candidates(classifier, message(1, 148)), [MESSAGE.initiation]);
    assert.deepEqual(candidates(classifier, message(2, 92)), [MESSAGE.response]);
    assert.deepEqual(candidates(classifier, message(3, 64)), [MESSAGE.cookieReply]);
    assert.deepEqual(candidates(classifier, message(4, 32)), [MESSAGE.transport]);
    assert.deepEqual(candidates(classifier, message(4, 1452)), [MESSAGE.transport]);
  });

  it('knows nothing of another length', () => {
    const wrong: readonly (readonly [type: number, length: number])[] = [
      [1, 147],
      [1, 149],
      [2, 91],
      [2, 93],
      [3, 63],
      [3, 65],
      [4, 31],
      [4, 0],
    ];
    for (const [type, length] of wrong)
      assert.deepEqual(candidates(classifier, message(type, length)), [], `${type} ${length}`);
  });

  it('knows nothing of another type, of which all 32 bits count', () => {
    for (const type of [0, 5, 0x104, 0x0100_0004, 0xffff_ffff]) {
      assert.deepEqual(candidates(classifier, message(type, 148)), [], `${type}`);
    }
  });
});

describe('Classifier', () => {
  it('takes both ends of a header range, and types above 2^31', () => {
    const header = { low: 300, high: 0xffff_fff0 };
    const classifier = new Classifier(buildProfile({ h4: header }).profile);
    for (const type of [300, 0x8000_0000, 0xffff_fff0]) {
      assert.deepEqual(candidates(classifier, message(type, 48)), [MESSAGE.transport]);
    }
    for (const type of [299, 0xffff_fff1]) assert.deepEqual(candidates(classifier, message(type, 48)), []);
  });

  it('offers a datagram that may be several kinds as each in turn', () => {
    const { profile } = buildProfile({
      s1: 0,
      h1: exactly(77),
      s2: 56,
      h2: exactly(78),
      s3: 84,
      h3: exactly(79),
      s4: 8,
      h4: exactly(80),
    });
    const datagram = new Uint8Array(148);
    writeUint32(datagram, 0, 77);
    writeUint32(datagram, 56, 78);
    writeUint32(datagram, 84, 79);
    writeUint32(datagram, 8, 80);
    const all = [MESSAGE.initiation, MESSAGE.response, MESSAGE.cookieReply, MESSAGE.transport];
    assert.deepEqual(candidates(new Classifier(profile), datagram), all);
  });
});

describe('Classifier under header protection', () => {
  it('takes the mask off before it looks at the type, in all 32 bits', () => {
    const classifier = new Classifier(buildProfile({ h1: { low: 0x8000_0000, high: 0xffff_ffff } }).profile);
    for (const [type, mask] of [
      [0xffff_fff0, 0x8765_4321],
      [0x8000_0000, 0xffff_ffff],
      [0xffff_ffff, 0x7fff_ffff],
    ] as const) {
      const masked = message((type ^ mask) >>> 0, 148);
      assert.deepEqual(candidates(classifier, masked, mask), [MESSAGE.initiation]);
      assert.deepEqual(candidates(classifier, masked, mask ^ 0x8000_0000), []);
    }
  });
});

describe('Classifier with trailers', () => {
  const classifier = new Classifier(buildProfile({ randomTrailers: true, s2: 10 }).profile);

  it('takes handshake messages of their length or longer', () => {
    const prefixed = (length: number): Uint8Array => {
      const datagram = new Uint8Array(length);
      if (length >= 14) writeUint32(datagram, 10, 2);
      return datagram;
    };
    for (const length of [148, 149, 65_507]) assert.deepEqual(candidates(classifier, message(1, length)), [1]);
    for (const length of [102, 103, 500]) assert.deepEqual(candidates(classifier, prefixed(length)), [2]);
    assert.deepEqual([candidates(classifier, message(1, 147)), candidates(classifier, prefixed(101))], [[], []]);
  });

  it('offers a transport message that looks like a response as both', () => {
    const datagram = message(4, 300);
    writeUint32(datagram, 10, 2);
    assert.deepEqual(candidates(classifier, datagram), [MESSAGE.response, MESSAGE.transport]);
  });
});

/** Four disjoint ranges over all 32 bits, in any order. */
const headers = fc
  .uniqueArray(fc.nat(0xffff_ffff), { minLength: 8, maxLength: 8 })
  .map((ends) => ends.sort((a, b) => a - b))
  .map((ends): HeaderRange[] => [0, 2, 4, 6].map((index) => ({ low: ends[index], high: ends[index + 1] })))
  .chain((ranges) => fc.shuffledSubarray(ranges, { minLength: 4 }));
const prefixes = fc.array(fc.oneof(fc.nat(64), fc.nat(1200)), { minLength: 4, maxLength: 4 });
const profiles = fc
  .tuple(prefixes, headers, fc.boolean())
  .map(([[s1, s2, s3, s4], [h1, h2, h3, h4], randomTrailers]): Profile => {
    return buildProfile({ s1, s2, s3, s4, h1, h2, h3, h4, randomTrailers }).profile;
  });

describe('Classifier for any profile', () => {
  it('recognises every message that the profile makes', () => {
    fc.assert(
      fc.property(profiles, fc.nat(1400), fc.nat(), (profile, payload, seed) => {
        const classifier = new Classifier(profile);
        const random = new SeededRandom(seed);
        const expectKind = (kind: number, shape: MessageShape, length: number): void => {
          const datagram = disguise(profile, shape, message(draw(shape.header, random), length), nodeCrypto(), random);
          assert.ok(candidates(classifier, datagram).includes(kind), `kind ${kind}`);
        };
        expectKind(MESSAGE.initiation, profile.initiation, 148);
        expectKind(MESSAGE.response, profile.response, 92);
        expectKind(MESSAGE.cookieReply, profile.cookieReply, 64);
        expectKind(MESSAGE.transport, profile.transport, 32 + payload);
      }),
      { numRuns: 300 },
    );
  });

  it('answers for any datagram with kinds in ascending order, and never throws', () => {
    fc.assert(
      fc.property(profiles, fc.uint8Array({ maxLength: 1600 }), (profile, datagram) => {
        const kinds = candidates(new Classifier(profile), datagram);
        assert.deepEqual(
          kinds,
          [...new Set(kinds)].sort((a, b) => a - b),
        );
      }),
      { numRuns: 500 },
    );
  });

  it('reads nothing behind the end of a datagram', () => {
    fc.assert(
      fc.property(profiles, fc.nat(200), (profile, length) => {
        const view = new DataView(new ArrayBuffer(length));
        new Classifier(profile).nextCandidate(view, 0, length, MESSAGE.none, 0);
      }),
      { numRuns: 500 },
    );
  });
});
