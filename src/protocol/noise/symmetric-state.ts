/**
 * What both sides of a handshake compute alike (Noise specification 5.2, SymmetricState): a chaining
 * key `C` that takes in every secret, and a hash `H` that takes in every byte exchanged. Paper 5.4.2
 * and 5.4.3 write these out line by line; `handshake.ts` calls them in that order.
 */
import { asciiBytes, wipeBytes } from '../bytes.ts';
import { CONSTRUCTION, IDENTIFIER } from '../constants.ts';
import type { HandshakeCrypto } from '../crypto.ts';

const EMPTY = new Uint8Array(0);
const CONSTRUCTION_BYTES = asciiBytes(CONSTRUCTION);
const IDENTIFIER_BYTES = asciiBytes(IDENTIFIER);

export class SymmetricState {
  readonly #crypto: HandshakeCrypto;
  #chainingKey: Uint8Array;
  #hash: Uint8Array;
  /** The key κ of the next encryption. Each serves once, which is why its nonce can be zero. */
  #key: Uint8Array = EMPTY;
  #wiped = false;

  private constructor(crypto: HandshakeCrypto, chainingKey: Uint8Array, hash: Uint8Array) {
    this.#crypto = crypto;
    this.#chainingKey = chainingKey;
    this.#hash = hash;
  }

  /** C = HASH(CONSTRUCTION), H = HASH(C || IDENTIFIER), H = HASH(H || responder's static public key). */
  static begin(crypto: HandshakeCrypto, responderStatic: Uint8Array): SymmetricState {
    const chainingKey = crypto.hash(CONSTRUCTION_BYTES);
    const hash = crypto.hash(chainingKey, IDENTIFIER_BYTES);
    return new SymmetricState(crypto, chainingKey, crypto.hash(hash, responderStatic));
  }

  /** After `wipe` nothing may be derived any more: the secrets are zero, which everyone can guess. */
  get isWiped(): boolean {
    return this.#wiped;
  }

  /** H = HASH(H || data) */
  mixHash(data: Uint8Array): void {
    this.#hash = this.#crypto.hash(this.#hash, data);
  }

  /** C = KDF1(C, input) */
  mixChainingKey(input: Uint8Array): void {
    const [chainingKey] = this.#crypto.kdf(this.#chainingKey, input, 1);
    this.#replaceChainingKey(chainingKey);
  }

  /** (C, κ) = KDF2(C, input) */
  mixKey(input: Uint8Array): void {
    const [chainingKey, key] = this.#crypto.kdf(this.#chainingKey, input, 2);
    this.#replaceChainingKey(chainingKey);
    this.#replaceKey(key);
  }

  /** (C, τ, κ) = KDF3(C, input), H = HASH(H || τ) */
  mixKeyAndHash(input: Uint8Array): void {
    const [chainingKey, tau, key] = this.#crypto.kdf(this.#chainingKey, input, 3);
    this.#replaceChainingKey(chainingKey);
    this.#replaceKey(key);
    this.mixHash(tau);
    wipeBytes(tau);
  }

  /** c = AEAD(κ, 0, plaintext, H), H = HASH(H || c) */
  encryptAndHash(plaintext: Uint8Array): Uint8Array {
    const ciphertext = this.#crypto.seal(this.#key, plaintext, this.#hash);
    this.mixHash(ciphertext);
    this.#replaceKey(EMPTY);
    return ciphertext;
  }

  /** The inverse; undefined, and the state is of no further use, when the tag is wrong. */
  decryptAndHash(ciphertext: Uint8Array): Uint8Array | undefined {
    const plaintext = this.#crypto.open(this.#key, ciphertext, this.#hash);
    this.mixHash(ciphertext);
    this.#replaceKey(EMPTY);
    return plaintext;
  }

  /** (T1, T2) = KDF2(C, empty): the transport keys, the initiator's sending key first (paper 5.4.5). */
  split(): [Uint8Array, Uint8Array] {
    const [first, second] = this.#crypto.kdf(this.#chainingKey, EMPTY, 2);
    return [first, second];
  }

  /** An independent copy, to try out a message that may turn out to be forged. Only between messages. */
  fork(): SymmetricState {
    return new SymmetricState(this.#crypto, Uint8Array.from(this.#chainingKey), Uint8Array.from(this.#hash));
  }

  wipe(): void {
    wipeBytes(this.#chainingKey, this.#hash, this.#key);
    this.#wiped = true;
  }

  #replaceChainingKey(next: Uint8Array): void {
    wipeBytes(this.#chainingKey);
    this.#chainingKey = next;
  }

  #replaceKey(next: Uint8Array): void {
    wipeBytes(this.#key);
    this.#key = next;
  }
}
