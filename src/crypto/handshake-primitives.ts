/**
 * The symmetric primitives of the handshake: BLAKE2s, key derivation and small AEADs, by our own WebAssembly
 * (`kernels/wasm/assembly/handshake.ts`). A handshake needs some forty of them, on a few dozen bytes
 * each, so what costs is the way there; in JavaScript alone they would take longer than the curve.
 *
 *     put key, nonce, message -> one operation -> take the result -> wipe
 *
 * Nothing of a message or of its keys stays in the memory of the module.
 */
import { Arena } from '../dataplane/arena.ts';
import { instantiate, readModule } from '../kernels/wasm/load.ts';
import { pinnedBytes } from '../protocol/bytes.ts';
import { KEY_BYTES, TAG_BYTES } from '../protocol/constants.ts';

/** Longer messages are refused: nobody can send them. */
const MAX_MESSAGE_BYTES = 65_536;

/** One page for the constants of the module, two for its region. */
const ARENA_PAGES = 3;

/** Offsets in the region, as the module has them. */
const KEY = 0;
const NONCE = 64;
const RESULT = 128;
const MESSAGE = 768;

const MAX_DIGEST_BYTES = 32;
const MAX_DERIVED_KEYS = 3;
const BLOCK_BYTES = 64;
const NONCE_BYTES = 12;
const EXTENDED_NONCE_BYTES = 24;
const NOTHING = new Uint8Array(0);

/** Lengths are in bytes; `associated` is that of the associated data, which is put before the text. */
interface HandshakeExports {
  regionBytes(): number;
  configure(region: number): void;
  wipe(length: number): void;
  blake2s(keyLength: number, length: number, size: number): void;
  kdf(length: number, count: number): void;
  chacha20(length: number): void;
  extendNonce(): void;
  seal(associated: number, length: number): void;
  open(associated: number, length: number): number;
}

/** One for each thread, alone in its arena. All methods throw RangeError for keys, nonces or messages of a size that they do not take. */
export class HandshakePrimitives {
  readonly #exports: HandshakeExports;
  readonly #bytes: Uint8Array;
  readonly #region: number;

  constructor(arena = new Arena(ARENA_PAGES)) {
    this.#exports = instantiate<HandshakeExports>(readModule('handshake'), arena);
    this.#bytes = arena.bytes;
    this.#region = arena.reserve(this.#exports.regionBytes());
    this.#exports.configure(this.#region);
  }

  /** BLAKE2s over the concatenation of `parts`, with a key of 1 to 32 bytes or none, and a digest of `size` bytes. */
  blake2s(key: Uint8Array, parts: readonly Uint8Array[], size: number): Uint8Array {
    if (key.length > MAX_DIGEST_BYTES) throw wrongSize('key', key.length);
    if (size < 1 || size > MAX_DIGEST_BYTES) throw wrongSize('digest', size);
    const length = this.#putMessage(parts);
    this.#put(KEY, key);
    this.#exports.blake2s(key.length, length, size);
    return this.#take(RESULT, size, length);
  }

  /** HKDF with HMAC-BLAKE2s-256, a key of up to 64 bytes and no `info`: `count` keys of 32 bytes, 1 to 3. */
  kdf(key: Uint8Array, input: Uint8Array, count: number): Uint8Array[] {
    if (key.length > BLOCK_BYTES) throw wrongSize('key', key.length);
    if (count < 1 || count > MAX_DERIVED_KEYS) throw new RangeError(`${count} derived keys`);
    const length = this.#putMessage([input]);
    this.#put(KEY, key);
    this.#exports.kdf(length, count);
    const keys: Uint8Array[] = [];
    for (let index = 0; index < count; index++) keys.push(this.#copySecret(RESULT + index * KEY_BYTES, KEY_BYTES));
    this.#exports.wipe(length);
    return keys;
  }

  /** ChaCha20-Poly1305, or with a nonce of 24 bytes XChaCha20-Poly1305. The tag follows the ciphertext. */
  seal(key: Uint8Array, nonce: Uint8Array, plaintext: Uint8Array, associated: Uint8Array): Uint8Array {
    const text = this.#putText(key, nonce, plaintext, associated);
    this.#exports.seal(associated.length, plaintext.length);
    const sealed = plaintext.length + TAG_BYTES;
    return this.#take(text, sealed, text + sealed - MESSAGE);
  }

  /** The inverse, or undefined when the tag is wrong. */
  open(key: Uint8Array, nonce: Uint8Array, ciphertext: Uint8Array, associated: Uint8Array): Uint8Array | undefined {
    const length = ciphertext.length - TAG_BYTES;
    if (length < 0) return undefined;
    const text = this.#putText(key, nonce, ciphertext, associated);
    const isGenuine = this.#exports.open(associated.length, length) !== 0;
    const opened = this.#take(text, length, text + ciphertext.length - MESSAGE);
    return isGenuine ? opened : undefined;
  }

  /** `data` XOR ChaCha20 key stream from block 0 on, with a nonce of 12 bytes. */
  chacha20(key: Uint8Array, nonce: Uint8Array, data: Uint8Array): Uint8Array {
    if (nonce.length !== NONCE_BYTES) throw wrongSize('nonce', nonce.length);
    this.#putText(key, nonce, data, NOTHING);
    this.#exports.chacha20(data.length);
    return this.#take(MESSAGE, data.length, data.length);
  }

  /** Returns the length of the whole. */
  #putMessage(parts: readonly Uint8Array[]): number {
    let length = 0;
    for (const part of parts) length += part.length;
    if (length > MAX_MESSAGE_BYTES) throw tooLong();
    let offset = MESSAGE;
    for (const part of parts) {
      this.#put(offset, part);
      offset += part.length;
    }
    return length;
  }

  /** Returns where the text is. */
  #putText(key: Uint8Array, nonce: Uint8Array, text: Uint8Array, associated: Uint8Array): number {
    const isExtended = nonce.length === EXTENDED_NONCE_BYTES;
    const offset = MESSAGE + ((associated.length + 15) & ~15);
    if (key.length !== KEY_BYTES) throw wrongSize('key', key.length);
    if (!isExtended && nonce.length !== NONCE_BYTES) throw wrongSize('nonce', nonce.length);
    if (offset + text.length > MESSAGE + MAX_MESSAGE_BYTES) throw tooLong();
    this.#put(KEY, key);
    this.#put(NONCE, nonce);
    this.#put(MESSAGE, associated);
    this.#put(offset, text);
    if (isExtended) this.#exports.extendNonce();
    return offset;
  }

  #put(offset: number, bytes: Uint8Array): void {
    this.#bytes.set(bytes, this.#region + offset);
  }

  /** A copy of `size` bytes at `offset`; then nothing is left of a message of `length` bytes and its key. */
  #take(offset: number, size: number, length: number): Uint8Array {
    const result = this.#copy(offset, size);
    this.#exports.wipe(length);
    return result;
  }

  /** Without a stop on V8's heap. */
  #copySecret(offset: number, size: number): Uint8Array {
    return pinnedBytes(this.#bytes.subarray(this.#region + offset, this.#region + offset + size));
  }

  #copy(offset: number, size: number): Uint8Array {
    return this.#bytes.slice(this.#region + offset, this.#region + offset + size);
  }
}

function wrongSize(what: string, bytes: number): RangeError {
  return new RangeError(`a ${what} cannot have ${bytes} bytes here`);
}

function tooLong(): RangeError {
  return new RangeError(`a message has at most ${MAX_MESSAGE_BYTES} bytes`);
}
