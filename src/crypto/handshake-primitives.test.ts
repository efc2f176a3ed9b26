import assert from 'node:assert/strict';
import { createCipheriv } from 'node:crypto';
import { test } from 'node:test';
import { chacha20, chacha20poly1305, xchacha20poly1305 } from '@noble/ciphers/chacha.js';
import { blake2s } from '@noble/hashes/blake2.js';
import { hkdf } from '@noble/hashes/hkdf.js';
import fc from 'fast-check';
import { Arena } from '../dataplane/arena.ts';
import { asciiBytes, isAllZero, toHex } from '../protocol/bytes.ts';
import { SeededRandom } from '../testing/seeded-random.ts';
import { HandshakePrimitives } from './handshake-primitives.ts';

const primitives = new HandshakePrimitives();
const random = new SeededRandom(7693);
const bytes = (length: number): Uint8Array => random.fill(new Uint8Array(length));
const counting = (length: number): Uint8Array => Uint8Array.from({ length }, (_, index) => index);
const NOTHING = new Uint8Array(0);

/** As the self-test of RFC 7693, appendix E, makes its inputs. */
function fibonacci(length: number, seed: number): Uint8Array {
  let a = Math.imul(0xdead_4bad, seed);
  let b = 1;
  return Uint8Array.from({ length }, () => {
    const sum = (a + b) >>> 0;
    a = b;
    b = sum;
    return sum >>> 24;
  });
}

test('BLAKE2s passes the self-test of RFC 7693, appendix E', () => {
  const digests: Uint8Array[] = [];
  for (const size of [16, 20, 28, 32]) {
    for (const length of [0, 3, 64, 65, 255, 1024]) {
      digests.push(primitives.blake2s(NOTHING, [fibonacci(length, length)], size));
      digests.push(primitives.blake2s(fibonacci(size, size), [fibonacci(length, length)], size));
    }
  }
  assert.equal(
    toHex(primitives.blake2s(NOTHING, digests, 32)),
    '6a411f08ce25adcdfb02aba641451cec53c598b24f4fc787fbdc88797f4c1dfe',
  );
});

test('keyed BLAKE2s has the known answers of its authors', () => {
  const answers: readonly (readonly [number, string])[] = [
    [0, '48a8997da407876b3d79c0d92325ad3b89cbb754d86ab71aee047ad345fd2c49'],
    [1, '40d15fee7c328830166ac3f918650f807e7e01e177258cdc0a39b11f598066f1'],
    [255, '3fb735061abc519dfe979e54c1ee5bfad0a9d858b3315bad34bde999efd724dd'],
  ];
  for (const [length, answer] of answers) {
    assert.equal(toHex(primitives.blake2s(counting(32), [counting(length)], 32)), answer);
  }
});

test('BLAKE2s is that of noble for every length up to 300 and every key', () => {
  for (let length = 0; length <= 300; length++) {
    const message = bytes(length);
    for (let keyLength = 0; keyLength <= 32; keyLength++) {
      const key = bytes(keyLength);
      const size = 1 + ((length + keyLength) % 32);
      const expected = blake2s(message, { dkLen: size, ...(keyLength > 0 && { key }) });
      assert.deepEqual(primitives.blake2s(key, [message], size), expected, `${length} bytes, key of ${keyLength}`);
    }
  }
});

test('a message may come in any number of parts, from anywhere in larger buffers', () => {
  const lengths = fc.array(fc.integer({ min: 0, max: 150 }), { maxLength: 6 });
  fc.assert(
    fc.property(lengths, fc.integer({ min: 0, max: 7 }), (sizes, shift) => {
      const parts = sizes.map((size) => bytes(size + shift).subarray(shift));
      assert.deepEqual(primitives.blake2s(NOTHING, parts, 32), blake2s(Buffer.concat(parts)));
    }),
  );
});

test('kdf is the HKDF of noble for every length of key and input', () => {
  for (let length = 0; length <= 64; length++) {
    for (const inputLength of [0, 1, 31, 32, 63, 64, 65, 64 - (length % 64), 200 + length]) {
      const [key, input] = [bytes(length), bytes(inputLength)];
      const expected = hkdf(blake2s, input, key, undefined, 96);
      for (const count of [1, 2, 3]) {
        const keys = primitives.kdf(key, input, count);
        assert.equal(keys.length, count);
        assert.deepEqual(Buffer.concat(keys), Buffer.from(expected.subarray(0, 32 * count)));
      }
    }
  }
});

test('ChaCha20-Poly1305 is that of noble and of OpenSSL, and open takes it back', () => {
  for (let length = 0; length <= 200; length++) {
    for (const associatedLength of [0, 1, 15, 16, 17, 32, 200 - length]) {
      const [key, nonce] = [bytes(32), bytes(12)];
      const [plaintext, associated] = [bytes(length), bytes(associatedLength)];
      const sealed = primitives.seal(key, nonce, plaintext, associated);
      assert.deepEqual(sealed, chacha20poly1305(key, nonce, associated).encrypt(plaintext));
      assert.deepEqual(sealed, sealByOpenssl(key, nonce, plaintext, associated));
      assert.deepEqual(primitives.open(key, nonce, sealed, associated), plaintext);
    }
  }
});

function sealByOpenssl(key: Uint8Array, nonce: Uint8Array, plaintext: Uint8Array, associated: Uint8Array): Uint8Array {
  const cipher = createCipheriv('chacha20-poly1305', key, nonce, { authTagLength: 16 });
  cipher.setAAD(associated, { plaintextLength: plaintext.length });
  return Uint8Array.from(Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]));
}

test('XChaCha20-Poly1305 is that of noble, and open takes it back', () => {
  for (let length = 0; length <= 130; length++) {
    const [key, nonce, plaintext, associated] = [bytes(32), bytes(24), bytes(length), bytes(length % 40)];
    const sealed = primitives.seal(key, nonce, plaintext, associated);
    assert.deepEqual(sealed, xchacha20poly1305(key, nonce, associated).encrypt(plaintext));
    assert.deepEqual(primitives.open(key, nonce, sealed, associated), plaintext);
  }
});

test('every flipped bit of a ciphertext, a tag or associated data is noticed', () => {
  for (const nonce of [bytes(12), bytes(24)]) {
    const [key, plaintext, associated] = [bytes(32), bytes(37), bytes(21)];
    const sealed = primitives.seal(key, nonce, plaintext, associated);
    for (let bit = 0; bit < sealed.length * 8; bit++) {
      assert.equal(primitives.open(key, nonce, flipped(sealed, bit), associated), undefined, `bit ${bit}`);
    }
    for (let bit = 0; bit < associated.length * 8; bit++) {
      assert.equal(primitives.open(key, nonce, sealed, flipped(associated, bit)), undefined, `bit ${bit}`);
    }
    assert.equal(primitives.open(key, nonce, sealed.subarray(0, 15), associated), undefined);
  }
});

function flipped(data: Uint8Array, bit: number): Uint8Array {
  const copy = Uint8Array.from(data);
  copy[bit >> 3] ^= 1 << (bit & 7);
  return copy;
}

test('chacha20 is that of noble for every length', () => {
  for (let length = 0; length <= 300; length++) {
    const [key, nonce, data] = [bytes(32), bytes(12), bytes(length)];
    assert.deepEqual(primitives.chacha20(key, nonce, data), chacha20(key, nonce, data));
  }
});

test('the longest message works, a longer one is refused, and neither disturbs the next', () => {
  const [longest, key, nonce] = [bytes(65_536), bytes(32), bytes(12)];
  assert.deepEqual(primitives.blake2s(key, [longest], 32), blake2s(longest, { key }));
  assert.deepEqual(primitives.chacha20(key, nonce, longest), chacha20(key, nonce, longest));
  const half = longest.subarray(0, 32_768);
  assert.deepEqual(primitives.seal(key, nonce, half, half), chacha20poly1305(key, nonce, half).encrypt(half));
  assert.throws(() => primitives.blake2s(key, [longest, bytes(1)], 32), RangeError);
  assert.throws(() => primitives.chacha20(key, nonce, bytes(65_537)), RangeError);
  assert.throws(() => primitives.seal(key, nonce, longest, bytes(1)), RangeError);
  assert.deepEqual(primitives.blake2s(NOTHING, [], 32), blake2s(NOTHING));
});

test('keys, nonces, digests and counts of the wrong size are refused', () => {
  const [key, nonce] = [bytes(32), bytes(12)];
  assert.throws(() => primitives.blake2s(bytes(33), [], 32), RangeError);
  for (const size of [0, 33]) assert.throws(() => primitives.blake2s(key, [], size), RangeError);
  assert.throws(() => primitives.kdf(bytes(65), key, 1), RangeError);
  for (const count of [0, 4]) assert.throws(() => primitives.kdf(key, key, count), RangeError);
  for (const wrong of [NOTHING, bytes(31), bytes(33)]) {
    assert.throws(() => primitives.seal(wrong, nonce, key, key), RangeError);
    assert.throws(() => primitives.open(wrong, nonce, key, key), RangeError);
  }
  for (const wrong of [NOTHING, bytes(8), bytes(16), bytes(25)]) {
    assert.throws(() => primitives.seal(key, wrong, key, key), RangeError);
    assert.throws(() => primitives.chacha20(key, wrong, key), RangeError);
  }
  assert.throws(() => primitives.chacha20(key, bytes(24), key), RangeError);
});

test('nothing is left in the memory of the module', () => {
  const arena = new Arena(3);
  const own = new HandshakePrimitives(arena);
  const [key, nonce, extended] = [bytes(32), bytes(12), bytes(24)];
  const message = asciiBytes('attack at dawn'.repeat(10));
  const sealed = own.seal(key, nonce, message, key);
  const operations: readonly (() => unknown)[] = [
    () => own.blake2s(key, [message, message], 32),
    () => own.kdf(bytes(64), message, 3),
    () => own.chacha20(key, nonce, message),
    () => own.seal(key, nonce, message, key),
    () => own.seal(key, extended, message, key),
    () => own.open(key, nonce, sealed, key),
    () => own.open(key, nonce, flipped(sealed, 1000), key),
  ];
  for (const operation of operations) {
    operation();
    // The first page has the constants of the module.
    assert.ok(isAllZero(arena.bytes.subarray(65_536)), String(operation));
  }
});
