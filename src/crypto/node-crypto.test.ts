import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createCipheriv, createHash, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { asciiBytes, fromHex, isAllZero, toHex } from '../protocol/bytes.ts';
import type { EphemeralKeypair } from '../protocol/crypto.ts';
import { nodeCrypto, PrivateKeyError, PublicKeyError } from './node-crypto.ts';

const crypto = nodeCrypto();
const hex = (text: string): Uint8Array => fromHex(text) as Uint8Array;
const random = (length: number): Uint8Array => Uint8Array.from(randomBytes(length));

function shared(own: EphemeralKeypair, publicKey: Uint8Array): Uint8Array | undefined {
  return crypto.dh(own.privateKey, crypto.loadPublicKey(publicKey));
}

/** RFC 7748, section 6.1. */
const ALICE_PRIVATE = hex('77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a');
const ALICE_PUBLIC = '8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a';
const BOB_PRIVATE = hex('5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb');
const BOB_PUBLIC = 'de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f';
const SHARED = '4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742';

/** Every encoding of a point whose order divides 8, with the ignored top bit clear. */
const LOW_ORDER = [
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
  '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
];

/** Key, input, then the three outputs. */
const KDF_VECTORS = [
  {
    key: 'test-key',
    input: 'test-input',
    outputs: [
      '6f0e5ad38daba1bea8a0d213688736f19763239305e0f58aba697f9ffc41c633',
      'df1194df20802a4fe594cde27e92991c8cae66c366e8106aaa937a55fa371e8a',
      'fac6e2745a325f5dc5d11a5b165aad08b0ada28e7b4e666b7c077934a4d76c24',
    ],
  },
  {
    key: 'wireguard',
    input: 'wireguard',
    outputs: [
      '491d43bbfdaa8750aaf535e334ecbfe5129967cd64635101c566d4caefda96e8',
      '1e71a379baefd8a79aa4662212fcafe19a23e2b609a3db7d6bcba8f560e3d25f',
      '31e1ae48bddfbe5de38f295e5452b1909a1b4e38e183926af3780b0c1e1f0160',
    ],
  },
  {
    key: '',
    input: '',
    outputs: [
      '8387b46bf43eccfcf349552a095d8315c4055beb90208fb1be23b894bc2ed5d0',
      '58a0e5f6faefccf4807bff1f05fa8a9217945762040bcec2f4b4a62bdfe0e86e',
      '0ce6ea98ec548f8e281e93e32db65621c45eb18dc6f0a7ad94178610a2f7338e',
    ],
  },
];

test('X25519 agrees with RFC 7748', () => {
  const alice = crypto.loadPrivateKey(ALICE_PRIVATE);
  const bob = crypto.loadPrivateKey(BOB_PRIVATE);
  assert.equal(toHex(alice.publicKey), ALICE_PUBLIC);
  assert.equal(toHex(bob.publicKey), BOB_PUBLIC);
  assert.equal(toHex(shared(alice, bob.publicKey) ?? new Uint8Array(0)), SHARED);
  assert.equal(toHex(shared(bob, alice.publicKey) ?? new Uint8Array(0)), SHARED);
});

test('a private key is clamped when it is loaded, and its input is left alone', () => {
  const raw = new Uint8Array(32).fill(0xff);
  const { rawPrivateKey, publicKey } = crypto.loadPrivateKey(raw);
  assert.equal(toHex(rawPrivateKey), `f8${'ff'.repeat(30)}7f`);
  assert.deepEqual(raw, new Uint8Array(32).fill(0xff));
  assert.deepEqual(crypto.loadPrivateKey(rawPrivateKey).publicKey, publicKey);
});

test('a generated key pair is clamped, new each time, and survives a round trip through its raw form', () => {
  const pair = crypto.generateKeypair();
  assert.equal(pair.rawPrivateKey[0] & 7, 0);
  assert.equal(pair.rawPrivateKey[31] & 0xc0, 0x40);
  assert.deepEqual(crypto.loadPrivateKey(pair.rawPrivateKey).publicKey, pair.publicKey);
  assert.notDeepEqual(crypto.generateKeypair().publicKey, pair.publicKey);
});

test('an ephemeral key pair agrees with any other, and is new each time', () => {
  const alice = crypto.loadPrivateKey(ALICE_PRIVATE);
  const [one, other] = [crypto.generateEphemeral(), crypto.generateEphemeral()];
  assert.notDeepEqual(one.publicKey, other.publicKey);
  for (const pair of [one, other]) {
    const secret = shared(pair, alice.publicKey);
    assert.ok(secret !== undefined);
    assert.deepEqual(shared(alice, pair.publicKey), secret);
  }
});

test('a loaded public key does not change with the buffer it came from', () => {
  const { privateKey } = crypto.loadPrivateKey(ALICE_PRIVATE);
  const buffer = Uint8Array.from(hex(BOB_PUBLIC));
  const loaded = crypto.loadPublicKey(buffer);
  buffer.fill(9);
  assert.equal(toHex(crypto.dh(privateKey, loaded) ?? new Uint8Array(0)), SHARED);
});

test('key pairs can be made while the garbage collector is at work', () => {
  // In a process of its own: an export in the wrong place makes Node.js 20 wait for itself, for ever.
  const file = new URL(import.meta.url.endsWith('.ts') ? './node-crypto.ts' : './node-crypto.js', import.meta.url);
  const program = `
    import { nodeCrypto } from ${JSON.stringify(file.href)};
    const crypto = nodeCrypto();
    for (let made = 0; made < 20_000; made++) crypto.generateEphemeral();
    for (let made = 0; made < 500; made++) crypto.generateKeypair();`;
  const flags = ['--min-semi-space-size=1', '--max-semi-space-size=1', '--input-type=module'];
  const { status, signal } = spawnSync(process.execPath, [...flags, '--eval', program], { timeout: 60_000 });
  assert.deepEqual({ status, signal }, { status: 0, signal: null });
});

test('low-order public keys give no shared secret', () => {
  const alice = crypto.loadPrivateKey(ALICE_PRIVATE);
  for (const point of LOW_ORDER) {
    assert.equal(shared(alice, hex(point)), undefined, point);
    const withTopBit = hex(point);
    withTopBit[31] |= 0x80;
    assert.equal(shared(alice, withTopBit), undefined, `${point} with the top bit`);
  }
});

test('keys of the wrong size or origin are errors with a code', () => {
  const isKeyError = (error: unknown) => error instanceof PrivateKeyError && error.code === 'ERR_PRIVATE_KEY';
  const isPublicKeyError = (error: unknown) => error instanceof PublicKeyError && error.code === 'ERR_PUBLIC_KEY';
  assert.throws(() => crypto.loadPrivateKey(new Uint8Array(31)), isKeyError);
  assert.throws(() => crypto.dh({}, crypto.loadPublicKey(hex(BOB_PUBLIC))), isKeyError);
  assert.throws(() => crypto.dh(crypto.loadPrivateKey(ALICE_PRIVATE).privateKey, {}), isPublicKeyError);
});

test('a wiped shared secret does not change a later one', () => {
  const alice = crypto.loadPrivateKey(ALICE_PRIVATE);
  const first = shared(alice, hex(BOB_PUBLIC));
  assert.ok(first !== undefined && !isAllZero(first));
  first.fill(0);
  assert.equal(toHex(shared(alice, hex(BOB_PUBLIC)) ?? new Uint8Array(0)), SHARED);
});

test('hash is BLAKE2s-256 over the concatenation', () => {
  // RFC 7693, appendix B.
  assert.equal(
    toHex(crypto.hash(asciiBytes('a'), asciiBytes('bc'))),
    '508c5e8c327c14e2e1a72ba34eeb452f37458b209ed63a294d999b4c86675982',
  );
  for (const length of [0, 1, 63, 64, 65, 148, 1000]) {
    const data = random(length);
    assert.equal(toHex(crypto.hash(data)), createHash('blake2s256').update(data).digest('hex'));
  }
});

test('mac is keyed, 16 bytes long, and taken over the concatenation', () => {
  // Its value is checked by the known answers for mac1, mac2 and cookies.
  const key = random(32);
  const data = random(116);
  const whole = crypto.mac(key, data);
  assert.equal(whole.length, 16);
  assert.deepEqual(crypto.mac(key, data.subarray(0, 50), data.subarray(50)), whole);
  assert.notDeepEqual(crypto.mac(random(32), data), whole);
  assert.notDeepEqual(crypto.mac(key, data.subarray(1)), whole);
});

test('kdf is HKDF with HMAC-BLAKE2s: the vectors that wireguard-go carries', () => {
  for (const { key, input, outputs } of KDF_VECTORS) {
    for (const count of [1, 2, 3]) {
      const keys = crypto.kdf(asciiBytes(key), asciiBytes(input), count);
      assert.deepEqual(keys.map(toHex), outputs.slice(0, count));
    }
  }
});

test('seal agrees with OpenSSL, open inverts it and refuses every flipped bit', () => {
  for (const length of [0, 12, 32]) {
    const [key, plaintext, associated] = [random(32), random(length), random(32)];
    const cipher = createCipheriv('chacha20-poly1305', key, new Uint8Array(12), { authTagLength: 16 });
    cipher.setAAD(associated, { plaintextLength: length });
    const expected = Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
    const sealed = crypto.seal(key, plaintext, associated);
    assert.equal(toHex(sealed), expected.toString('hex'));
    assert.deepEqual(crypto.open(key, sealed, associated), plaintext);
    for (let bit = 0; bit < sealed.length * 8; bit++) {
      const forged = Uint8Array.from(sealed);
      forged[bit >> 3] ^= 1 << (bit & 7);
      assert.equal(crypto.open(key, forged, associated), undefined, `bit ${bit}`);
    }
    assert.equal(crypto.open(key, sealed, random(32)), undefined);
    assert.equal(crypto.open(key, sealed.subarray(0, 15), associated), undefined);
  }
});

test('xseal is XChaCha20-Poly1305 as in draft-irtf-cfrg-xchacha, appendix A.3.1', () => {
  const key = Uint8Array.from({ length: 32 }, (_, i) => 0x80 + i);
  const nonce = Uint8Array.from({ length: 24 }, (_, i) => 0x40 + i);
  const associated = hex('50515253c0c1c2c3c4c5c6c7');
  const plaintext = asciiBytes(
    "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.",
  );
  const sealed = crypto.xseal(key, nonce, plaintext, associated);
  assert.equal(
    toHex(sealed),
    'bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb' +
      '731c7f1b0b4aa6440bf3a82f4eda7e39ae64c6708c54c216cb96b72e1213b452' +
      '2f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b2383565d3fff9' +
      '21f9664c97637da9768812f615c68b13b52ec0875924c1c7987947deafd8780acf49',
  );
  assert.deepEqual(crypto.xopen(key, nonce, sealed, associated), plaintext);
  assert.equal(crypto.xopen(key, nonce, sealed, associated.subarray(1)), undefined);
});

test('chacha20 is RFC 8439 from block 0 on, as OpenSSL has it, and its own inverse', () => {
  for (const length of [0, 1, 16, 63, 64, 65, 148, 1000]) {
    const [key, nonce, data] = [random(32), random(12), random(length)];
    const masked = crypto.chacha20(key, nonce, data);
    // OpenSSL puts the block counter before the nonce.
    const cipher = createCipheriv('chacha20', key, Buffer.concat([new Uint8Array(4), nonce]));
    assert.equal(toHex(masked), cipher.update(data).toString('hex'));
    assert.deepEqual(crypto.chacha20(key, nonce, masked), data);
  }
});

test('chacha20 reads keys, nonces and data from anywhere in a larger buffer', () => {
  const buffer = random(300);
  const [key, nonce, data] = [buffer.subarray(1, 33), buffer.subarray(35, 47), buffer.subarray(50, 198)];
  const expected = crypto.chacha20(key.slice(), nonce.slice(), data.slice());
  assert.deepEqual(crypto.chacha20(key, nonce, data), expected);
});
