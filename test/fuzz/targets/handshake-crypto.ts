/** The primitives of the handshake, ours in WebAssembly, against the audited noble packages and OpenSSL. */
import { createCipheriv, createHash } from 'node:crypto';
import { chacha20, chacha20poly1305, xchacha20poly1305 } from '@noble/ciphers/chacha.js';
import { blake2s } from '@noble/hashes/blake2.js';
import { hmac } from '@noble/hashes/hmac.js';
import { HandshakePrimitives } from '../../../src/crypto/handshake-primitives.ts';
import { ByteScript } from '../engine/byte-script.ts';
import type { FuzzTarget } from '../engine/target.ts';
import { promise } from '../engine/target.ts';
import { same } from './support.ts';

const primitives = new HandshakePrimitives();

function checkHash(script: ByteScript): void {
  const key = script.take(script.below(33));
  const size = 1 + script.below(32);
  const parts = Array.from({ length: script.below(4) }, () => script.take(script.byte()));
  const message = new Uint8Array(Buffer.concat(parts));
  const options = { dkLen: size, ...(key.length > 0 && { key }) };
  promise(same(primitives.blake2s(key, parts, size), blake2s(message, options)), `BLAKE2s of ${message.length} bytes`);
  if (key.length > 0) return;
  const openssl = createHash('blake2s256').update(message).digest();
  promise(same(primitives.blake2s(key, parts, 32), openssl), 'BLAKE2s differs from OpenSSL');
}

/** RFC 5869 with an empty info, written out. */
function checkKdf(script: ByteScript): void {
  const key = script.take(script.below(65));
  const count = 1 + script.below(3);
  const input = script.take(script.byte());
  const extracted = hmac(blake2s, key, input);
  let last: Uint8Array = new Uint8Array(0);
  primitives.kdf(key, input, count).forEach((derived, index) => {
    last = hmac(blake2s, extracted, new Uint8Array(Buffer.concat([last, Uint8Array.of(index + 1)])));
    promise(same(derived, last), `key ${index + 1} of ${count} differs`);
  });
}

function fixed(script: ByteScript, length: number): Uint8Array {
  const bytes = new Uint8Array(length).fill(script.byte());
  bytes.set(script.take(script.byte() % (length + 1)));
  return bytes;
}

function checkAead(script: ByteScript): void {
  const [key, isExtended] = [fixed(script, 32), script.byte() % 2 === 0];
  const nonce = fixed(script, isExtended ? 24 : 12);
  const associated = script.take(script.byte() % 80);
  const plaintext = fixed(script, script.uint16() % 2000);
  const sealed = primitives.seal(key, nonce, plaintext, associated);
  const noble = (isExtended ? xchacha20poly1305 : chacha20poly1305)(key, nonce, associated);
  promise(same(sealed, noble.encrypt(plaintext)), `${plaintext.length} bytes seal differently`);
  if (!isExtended) promise(same(sealed, opensslSeal(key, nonce, plaintext, associated)), 'OpenSSL seals differently');
  promise(same(primitives.open(key, nonce, sealed, associated), plaintext), 'does not open');
  const bit = script.uint16() % (sealed.length * 8);
  sealed[bit >> 3] ^= 1 << (bit & 7);
  promise(primitives.open(key, nonce, sealed, associated) === undefined, `bit ${bit} can be flipped`);
}

function opensslSeal(key: Uint8Array, nonce: Uint8Array, plaintext: Uint8Array, associated: Uint8Array): Uint8Array {
  const cipher = createCipheriv('chacha20-poly1305', key, nonce, { authTagLength: 16 });
  cipher.setAAD(associated, { plaintextLength: plaintext.length });
  return Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

function checkStream(script: ByteScript): void {
  const [key, nonce] = [fixed(script, 32), fixed(script, 12)];
  const data = script.take(script.uint16() % 300);
  promise(same(primitives.chacha20(key, nonce, data), chacha20(key, nonce, data)), 'the key stream differs');
}

export const target: FuzzTarget = {
  seeds: [
    Uint8Array.of(0, 4, 1, 2, 3, 4, 31, 2, 3, 1, 2, 3, 2, 9, 9),
    Uint8Array.of(1, 2, 1, 1, 2, 5, 1, 2, 3, 4, 5),
    Uint8Array.of(2, 1, 0, 1, 1, 0, 3, 1, 2, 3, 100, 0),
    Uint8Array.of(3, 1, 0, 2, 0, 64, 0, 1, 2, 3),
  ],
  longest: 1024,
  probe: (input) => {
    const script = new ByteScript(input);
    const checks = [checkHash, checkKdf, checkAead, checkStream];
    checks[script.below(checks.length)](script);
  },
};
