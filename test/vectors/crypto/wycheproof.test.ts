/**
 * Runs the vectors of Project Wycheproof, which are no package that could be installed: name a folder that has
 * `chacha20_poly1305_test.json`, `xchacha20_poly1305_test.json` and `x25519_test.json` of its `testvectors_v1`.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { HandshakePrimitives } from '../../../src/crypto/handshake-primitives.ts';
import { nodeCrypto } from '../../../src/crypto/node-crypto.ts';
import type { Figure } from '../../support/figures.ts';
import { recordFigures } from '../../support/figures.ts';

const FOLDER = process.env.AWG_VPN_WYCHEPROOF;
const primitives = new HandshakePrimitives();
const crypto = nodeCrypto();
const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'));

interface Vector extends Readonly<Record<string, string>> {
  readonly result: 'valid' | 'invalid' | 'acceptable';
}

function vectorsOf(folder: string, file: string): Vector[] {
  const { testGroups } = JSON.parse(readFileSync(join(folder, file), 'utf8')) as { testGroups: { tests: Vector[] }[] };
  return testGroups.flatMap(({ tests }) => tests);
}

function checkAead({ key, iv, aad, msg, ct, tag, result, comment }: Vector, nonceBytes: number): void {
  const [nonce, associated, plaintext, sealed] = [hex(iv), hex(aad), hex(msg), hex(`${ct}${tag}`)];
  if (nonce.length !== nonceBytes) {
    if (nonce.length !== 12 && nonce.length !== 24)
      assert.throws(() => primitives.seal(hex(key), nonce, plaintext, associated), RangeError);
    return;
  }
  const opened = primitives.open(hex(key), nonce, sealed, associated);
  assert.deepEqual(opened, result === 'valid' ? plaintext : undefined, comment);
  if (result === 'valid') assert.deepEqual(primitives.seal(hex(key), nonce, plaintext, associated), sealed, comment);
}

/** A secret of zeros is none to us, where Wycheproof lets both pass. */
function checkX25519(vector: Vector): void {
  const { privateKey } = crypto.loadPrivateKey(hex(vector.private));
  const secret = crypto.dh(privateKey, crypto.loadPublicKey(hex(vector.public)));
  const isNone = /^0*$/.test(vector.shared);
  assert.deepEqual(secret, isNone ? undefined : hex(vector.shared), vector.comment);
}

if (FOLDER === undefined) {
  test('the way to the vectors of Wycheproof', (t) => {
    t.diagnostic('not run: the vectors of Wycheproof, for AWG_VPN_WYCHEPROOF names no folder that has them');
  });
} else {
  const figures: Figure[] = [];
  after(() =>
    recordFigures(
      'crypto-wycheproof',
      'Crypto: Wycheproof',
      'AWG_VPN_WYCHEPROOF=DIR node tools/run-tests.mjs unit --only wycheproof',
      figures,
    ),
  );

  test('ChaCha20-Poly1305 passes Wycheproof', () => {
    const vectors = vectorsOf(FOLDER, 'chacha20_poly1305_test.json');
    for (const vector of vectors) checkAead(vector, 12);
    figures.push({ what: 'chacha20_poly1305_test', figure: `${vectors.length} vectors` });
  });

  test('XChaCha20-Poly1305 passes Wycheproof', () => {
    const vectors = vectorsOf(FOLDER, 'xchacha20_poly1305_test.json');
    for (const vector of vectors) checkAead(vector, 24);
    figures.push({ what: 'xchacha20_poly1305_test', figure: `${vectors.length} vectors` });
  });

  test('X25519 passes Wycheproof', () => {
    const vectors = vectorsOf(FOLDER, 'x25519_test.json');
    for (const vector of vectors) checkX25519(vector);
    figures.push({ what: 'x25519_test', figure: `${vectors.length} vectors` });
  });
}
