/**
 * The primitives a handshake needs, as a parameter: the core names the operations of the WireGuard
 * paper (section 5.4) and someone else brings the code. Bulk encryption is not here, see `kernels/`.
 *
 * All keys and digests are 32 bytes unless said otherwise. No method keeps a reference to its input.
 */
export interface HandshakeCrypto {
  /** A fresh X25519 key pair; the private key is clamped. */
  generateKeypair(): X25519Keypair;
  /** The same for one handshake: a private key that nobody can ask for. */
  generateEphemeral(): EphemeralKeypair;
  /** Loads a raw private key (clamping it) once, so that each later `dh` is cheap. */
  loadPrivateKey(raw: Uint8Array): X25519Keypair;
  /** Loads somebody's raw public key once, so that each later `dh` is cheap. */
  loadPublicKey(raw: Uint8Array): PublicKey;
  /** X25519. Returns undefined where the result is all zero (low-order public key). */
  dh(privateKey: PrivateKey, publicKey: PublicKey): Uint8Array | undefined;
  /** BLAKE2s-256 over the concatenation of `parts`. */
  hash(...parts: readonly Uint8Array[]): Uint8Array;
  /** Keyed BLAKE2s with 16 bytes of output, for mac1, mac2 and cookies. */
  mac(key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array;
  /**
   * KDFn: `count` keys, 1 to 3, by HKDF (RFC 5869) with HMAC-BLAKE2s and an empty `info`:
   *
   *     t0 = HMAC(key, input)
   *     ti = HMAC(t0, t(i-1) || i), where the first has no t(i-1)
   */
  kdf(key: Uint8Array, input: Uint8Array, count: number): Uint8Array[];
  /** ChaCha20-Poly1305 with a zero nonce; the tag follows the ciphertext. */
  seal(key: Uint8Array, plaintext: Uint8Array, associated: Uint8Array): Uint8Array;
  /** The inverse of `seal`, or undefined when the tag is wrong. */
  open(key: Uint8Array, ciphertext: Uint8Array, associated: Uint8Array): Uint8Array | undefined;
  /** XChaCha20-Poly1305 with a 24-byte nonce, for cookie replies. */
  xseal(key: Uint8Array, nonce: Uint8Array, plaintext: Uint8Array, associated: Uint8Array): Uint8Array;
  xopen(key: Uint8Array, nonce: Uint8Array, ciphertext: Uint8Array, associated: Uint8Array): Uint8Array | undefined;
  /** `data` XOR the ChaCha20 key stream of a 12-byte nonce, block counter from 0 (RFC 8439), for header protection. */
  chacha20(key: Uint8Array, nonce: Uint8Array, data: Uint8Array): Uint8Array;
}

/** An opaque loaded private key; its raw bytes are reachable through its keypair, if at all. */
export interface PrivateKey {
  readonly __brand?: 'PrivateKey';
}

/** An opaque loaded public key. */
export interface PublicKey {
  readonly __brand?: 'PublicKey';
}

/**
 * A key pair that lives as long as a handshake. The bytes of its private key exist inside the crypto
 * library only, which clears them when the last reference goes.
 */
export interface EphemeralKeypair {
  readonly privateKey: PrivateKey;
  readonly publicKey: Uint8Array;
}

export interface X25519Keypair extends EphemeralKeypair {
  /** Clamped raw private key, for `show private-key` and configuration files. */
  readonly rawPrivateKey: Uint8Array;
}
