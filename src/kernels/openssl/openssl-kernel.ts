/**
 * The AEAD of OpenSSL, called in the Node binary: four calls a packet, so it falls behind with small
 * ones, but with vector units wider than WebAssembly knows it may be the fastest for large ones.
 *
 * Its region in the arena:
 *
 *     0   nonce: 4 zero bytes, counter u64
 *     16  where OpenSSL writes how many bytes it wrote
 */
import type { Arena } from '../../dataplane/arena.ts';
import type { AeadKernel } from '../kernel.ts';
import { JOB, TAG_BYTES } from '../kernel.ts';
import type { Evp } from './evp.ts';
import { loadEvp } from './evp.ts';

const REGION_BYTES = 64;
const WRITTEN = 16;
const GET_TAG = 0x10;
const SET_TAG = 0x11;
const SEAL = 1;
const OPEN = 0;
const NULL = 0;

export class OpensslKernel implements AeadKernel {
  readonly name = 'openssl';
  readonly #evp: Evp;
  readonly #words: Uint32Array;
  readonly #bytes: Uint8Array;
  /** Address of the arena. */
  readonly #base: number;
  /** OpenSSL's state of one cipher; one for the life of the thread. */
  readonly #context: number;
  readonly #cipher: number;
  readonly #nonce: number;

  /** Throws where it cannot run. */
  constructor(arena: Arena) {
    const evp = loadEvp();
    this.#evp = evp;
    this.#words = arena.u32;
    this.#bytes = arena.bytes;
    this.#base = evp.addressOf(arena.bytes);
    this.#context = Number(evp.newContext());
    this.#cipher = Number(evp.chacha20Poly1305());
    if (this.#context === NULL || this.#cipher === NULL) throw new Error('OpenSSL has no ChaCha20-Poly1305');
    this.#nonce = arena.reserve(REGION_BYTES);
  }

  seal(key: number, jobs: number, count: number): void {
    this.#setKey(key, SEAL);
    for (let job = jobs; job < jobs + count * JOB.bytes; job += JOB.bytes) {
      const target = this.#address(job, JOB.target);
      const length = this.#field(job, JOB.length);
      this.#setNonce(job, SEAL);
      this.#crypt(target, this.#address(job, JOB.source), length);
      this.#evp.control(this.#context, GET_TAG, TAG_BYTES, target + length);
    }
  }

  open(key: number, jobs: number, count: number): number {
    this.#setKey(key, OPEN);
    let forged = 0;
    for (let job = jobs; job < jobs + count * JOB.bytes; job += JOB.bytes) {
      const source = this.#address(job, JOB.source);
      const length = this.#field(job, JOB.length);
      this.#setNonce(job, OPEN);
      this.#evp.control(this.#context, SET_TAG, TAG_BYTES, source + length);
      const authentic = this.#crypt(this.#address(job, JOB.target), source, length);
      if (!authentic) this.#wipe(job, length);
      this.#words[(job + JOB.status) >>> 2] = authentic ? 0 : 1;
      forged += authentic ? 0 : 1;
    }
    return forged;
  }

  #setKey(key: number, direction: number): void {
    this.#evp.init(this.#context, this.#cipher, NULL, this.#base + key, NULL, direction);
  }

  #setNonce(job: number, direction: number): void {
    const words = this.#words;
    const nonce = this.#nonce >>> 2;
    words[nonce] = 0;
    words[nonce + 1] = words[(job + JOB.counterLow) >>> 2];
    words[nonce + 2] = words[(job + JOB.counterHigh) >>> 2];
    this.#evp.init(this.#context, NULL, NULL, NULL, this.#base + this.#nonce, direction);
  }

  /** False when a tag was set and did not match. */
  #crypt(target: number, source: number, length: number): boolean {
    const written = this.#base + this.#nonce + WRITTEN;
    if (length > 0 && this.#evp.update(this.#context, target, written, source, length) !== 1) return false;
    return this.#evp.final(this.#context, target + length, written) === 1;
  }

  #wipe(job: number, length: number): void {
    const target = this.#field(job, JOB.target);
    this.#bytes.fill(0, target, target + length);
  }

  #field(job: number, offset: number): number {
    return this.#words[(job + offset) >>> 2];
  }

  #address(job: number, offset: number): number {
    return this.#base + this.#field(job, offset);
  }
}
