import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nodeCrypto } from '../../../src/crypto/node-crypto.ts';

const crypto = nodeCrypto();
const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'));
const toHex = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString('hex');

function x25519(scalar: Uint8Array, point: Uint8Array): Uint8Array | undefined {
  return crypto.dh(crypto.loadPrivateKey(scalar).privateKey, crypto.loadPublicKey(point));
}

test('X25519 has the known answers of RFC 7748, 5.2', () => {
  const vectors = [
    [
      'a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4',
      'e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c',
      'c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552',
    ],
    [
      '4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d',
      // With the top bit set, which counts for nothing.
      'e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493',
      '95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957',
    ],
  ] as const;
  for (const [scalar, point, expected] of vectors) assert.equal(toHex(x25519(hex(scalar), hex(point))), expected);
});

test('X25519 has the known answers of RFC 7748, 5.2, after 1 and after 1,000 iterations', () => {
  const answers: Readonly<Record<number, string>> = {
    1: '422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079',
    1000: '684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51',
  };
  let scalar = Uint8Array.from({ length: 32 }, (_, index) => (index === 0 ? 9 : 0));
  let point = scalar;
  for (let iteration = 1; iteration <= 1000; iteration++) {
    const next = x25519(scalar, point);
    assert.ok(next !== undefined);
    point = scalar;
    scalar = new Uint8Array(next);
    if (answers[iteration] !== undefined) assert.equal(toHex(scalar), answers[iteration]);
  }
});

test('a point given above the modulus, or with the top bit set, is the same point', () => {
  const scalar = new Uint8Array(32).fill(0x51);
  const modulus = 2n ** 255n - 19n;
  for (let small = 2n; small < 19n; small++) {
    const expected = toHex(x25519(scalar, encode(small)));
    assert.notEqual(expected, '');
    assert.equal(toHex(x25519(scalar, encode(small + modulus))), expected);
    assert.equal(toHex(x25519(scalar, encode(small + 2n ** 255n))), expected);
    assert.equal(toHex(x25519(scalar, encode(small + modulus + 2n ** 255n))), expected);
  }
});

test('points of low order give no secret, whatever the scalar and however they are given', () => {
  const modulus = 2n ** 255n - 19n;
  const order8 = [
    325606250916557431795983626356110631294008115727848805560023387167927233504n,
    39382357235489614581723060781553021112529911719440698176882885853963445705823n,
  ];
  const points = [0n, 1n, ...order8, modulus - 1n, modulus, modulus + 1n];
  for (const fill of [0, 1, 0x7f, 0xff]) {
    for (const point of points) {
      for (const top of [0n, 2n ** 255n])
        assert.equal(x25519(new Uint8Array(32).fill(fill), encode(point + top)), undefined, `${point}`);
    }
  }
});

test('bits of the scalar that clamping fixes count for nothing', () => {
  const point = encode(9n);
  const scalar = new Uint8Array(32).fill(0x40);
  const expected = toHex(x25519(scalar, point));
  for (const [at, bits] of [
    [0, 1],
    [0, 2],
    [0, 4],
    [31, 0x80],
  ] as const) {
    const other = scalar.slice();
    other[at] ^= bits;
    assert.equal(toHex(x25519(other, point)), expected);
  }
});

/** Little endian, 32 bytes; `value` below 2^256. */
function encode(value: bigint): Uint8Array {
  return hex(value.toString(16).padStart(64, '0')).reverse();
}
