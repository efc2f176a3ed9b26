import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { recordFigures } from '../../support/figures.ts';
import { kernelSubjects } from '../../support/kernel-subject.ts';
import type { EdgePacket, Stage } from './poly1305-edges.ts';
import { EDGES, edgePacket, opensslSeal } from './poly1305-edges.ts';

const STAGES: readonly Stage[] = ['after-block', 'at-end'];
/** One lane, several, and more than a group of them. */
const BLOCKS = [2, 3, 5, 9, 17];

/** One packet for each edge, stage and length; where no last block leads there, from another key. */
const PACKETS: readonly EdgePacket[] = STAGES.flatMap((stage) =>
  BLOCKS.flatMap((blocks) =>
    EDGES.map((edge) => {
      const seeds = Array.from({ length: 8 }, (_, index) => index + 1);
      for (const seed of seeds) {
        const packet = edgePacket(edge, stage, blocks, seed);
        if (packet !== undefined) return packet;
      }
      throw new Error(`no packet leads to ${edge}`);
    }),
  ),
);

/** Everything that a counter of eight bytes may be at its edges. */
const COUNTERS = [0n, 1n, 0xffff_ffffn, 0x1_0000_0000n, 0x7fff_ffff_ffff_ffffn, 0xffff_ffff_ffff_ffffn].map((value) => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  return new Uint8Array(bytes);
});

const subjects = kernelSubjects();

after(() =>
  recordFigures(
    'crypto-edges',
    'Crypto: edges of the authenticator',
    'node tools/run-tests.mjs unit --only vectors/crypto/aead-edges',
    subjects.map(({ name }) => ({
      what: `the ${name} kernel against OpenSSL, Node ${process.versions.node}`,
      figure: `${PACKETS.length} packets through chosen values, 132 forged tags, every length from 0 to 1500`,
    })),
  ),
);

for (const subject of subjects) {
  describe(`the AEAD of ${subject.name} at its edges`, () => {
    test('goes through chosen values of the authenticator as OpenSSL does', () => {
      for (const { key, counter, plaintext, sealed } of PACKETS) {
        assert.deepEqual(subject.seal(key, counter, plaintext), sealed);
        assert.deepEqual(subject.open(key, counter, sealed), plaintext);
      }
    });

    test('refuses a tag with any one bit flipped, all bits flipped, zeros, and the tag of another packet', () => {
      const [{ key, counter, plaintext, sealed } = assert.fail(), other = assert.fail()] = PACKETS;
      const tag = sealed.subarray(-16);
      const tags = [
        ...Array.from({ length: 128 }, (_, bit) =>
          tag.map((byte, at) => (at === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte)),
        ),
        tag.map((byte) => byte ^ 255),
        new Uint8Array(16),
        new Uint8Array(16).fill(255),
        other.sealed.subarray(-16),
      ].map((forged) => withTag(sealed, forged));
      for (const forged of tags) assert.equal(subject.open(key, counter, forged), undefined);
      assert.deepEqual(subject.open(key, counter, sealed), plaintext);
    });

    test('seals each length from 0 to 1500 under counters at the borders of words', () => {
      const key = new Uint8Array(32).fill(0xff);
      for (let length = 0; length <= 1500; length++) {
        const counter = COUNTERS[length % COUNTERS.length] as Uint8Array;
        const plaintext = new Uint8Array(length).fill(length & 1 ? 0xff : 0);
        assert.deepEqual(subject.seal(key, counter, plaintext), opensslSeal(key, counter, plaintext));
      }
    });
  });
}

/** A copy with another tag. */
function withTag(sealed: Uint8Array, tag: Uint8Array): Uint8Array {
  const copy = sealed.slice();
  copy.set(tag, copy.length - tag.length);
  return copy;
}
