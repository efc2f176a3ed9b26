import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Arena } from '../../dataplane/arena.ts';
import { createWasmKernel } from './aead-kernel.ts';

const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'));
const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const zeros = (bytes: number): string => '00'.repeat(bytes);
const ones = (bytes: number): string => 'ff'.repeat(bytes);

const CONTRIBUTION = text(
  'Any submission to the IETF intended by the Contributor for publication as all or part of an IETF Internet-Draft ' +
    'or RFC and any statement made within the context of an IETF activity is considered an "IETF Contribution". Such ' +
    'statements include oral statements in IETF sessions, as well as written and electronic communications made at ' +
    'any time or place, which are addressed to',
);
const JABBERWOCKY = text(
  "'Twas brillig, and the slithy toves\nDid gyre and gimble in the wabe:\nAll mimsy were the borogoves,\n" +
    'And the mome raths outgrabe.',
);

/** RFC 8439, 2.5.2 and A.3 (from the fourth on: multipliers and sums at the edges of the modulus). */
const VECTORS: readonly { key: string; message: Uint8Array; tag: string }[] = [
  {
    key: '85d6be7857556d337f4452fe42d506a80103808afb0db2fd4abff6af4149f51b',
    message: text('Cryptographic Forum Research Group'),
    tag: 'a8061dc1305136c6c22b8baf0c0127a9',
  },
  { key: zeros(32), message: hex(zeros(64)), tag: zeros(16) },
  {
    key: `${zeros(16)}36e5f6b5c5e06070f0efca96227a863e`,
    message: CONTRIBUTION,
    tag: '36e5f6b5c5e06070f0efca96227a863e',
  },
  {
    key: `36e5f6b5c5e06070f0efca96227a863e${zeros(16)}`,
    message: CONTRIBUTION,
    tag: 'f3477e7cd95417af89a6b8794c310cf0',
  },
  {
    key: '1c9240a5eb55d38af333888604f6b5f0473917c1402b80099dca5cbc207075c0',
    message: JABBERWOCKY,
    tag: '4541669a7eaaee61e708dc7cbcc5eb62',
  },
  { key: `02${zeros(31)}`, message: hex(ones(16)), tag: `03${zeros(15)}` },
  { key: `02${zeros(15)}${ones(16)}`, message: hex(`02${zeros(15)}`), tag: `03${zeros(15)}` },
  { key: `01${zeros(31)}`, message: hex(`${ones(16)}f0${ones(15)}11${zeros(15)}`), tag: `05${zeros(15)}` },
  { key: `01${zeros(31)}`, message: hex(`${ones(16)}fb${'fe'.repeat(15)}${'01'.repeat(16)}`), tag: zeros(16) },
  { key: `02${zeros(31)}`, message: hex(`fd${ones(15)}`), tag: `fa${ones(15)}` },
  {
    key: `0100000000000000040000000000000000000000000000000000000000000000`,
    message: hex(`e33594d7505e43b900000000000000003394d7505e4379cd0100000000000000${zeros(16)}01${zeros(15)}`),
    tag: '14000000000000005500000000000000',
  },
  {
    key: `0100000000000000040000000000000000000000000000000000000000000000`,
    message: hex(`e33594d7505e43b900000000000000003394d7505e4379cd0100000000000000${zeros(16)}`),
    tag: `13${zeros(15)}`,
  },
];

for (const name of ['wasm-relaxed', 'wasm-simd'] as const) {
  const arena = new Arena(16);
  const kernel = createWasmKernel(arena, name);
  if (kernel === undefined) continue; // an engine without relaxed SIMD

  describe(`Poly1305 of ${name}`, () => {
    const key = arena.reserve(32);
    const room = arena.reserve(512);
    const tag = arena.reserve(16);

    it('computes the tags of RFC 8439', () => {
      for (const vector of VECTORS) {
        arena.bytes.set(hex(vector.key), key);
        arena.bytes.set(vector.message, room);
        kernel.poly1305(key, room, vector.message.length, tag);
        assert.equal(Buffer.from(arena.bytes.slice(tag, tag + 16)).toString('hex'), vector.tag);
      }
    });
  });
}
