/**
 * The AEAD to compare the others with: the audited noble implementation, packet by packet. It is a
 * tenth as fast as the default, and what remains where nothing else runs.
 */
import { chacha20poly1305 } from '@noble/ciphers/chacha.js';
import type { Arena } from '../../dataplane/arena.ts';
import type { AeadKernel } from '../kernel.ts';
import { JOB, TAG_BYTES } from '../kernel.ts';

const KEY_BYTES = 32;
const NONCE_BYTES = 12;

export class ReferenceKernel implements AeadKernel {
  readonly name = 'reference';
  readonly #bytes: Uint8Array;
  readonly #view: DataView;

  constructor(arena: Arena) {
    this.#bytes = arena.bytes;
    this.#view = arena.view;
  }

  seal(key: number, jobs: number, count: number): void {
    for (let job = jobs; job < jobs + count * JOB.bytes; job += JOB.bytes) {
      const plaintext = this.#copy(this.#field(job, JOB.source), this.#field(job, JOB.length));
      this.#bytes.set(this.#cipher(key, job).encrypt(plaintext), this.#field(job, JOB.target));
    }
  }

  open(key: number, jobs: number, count: number): number {
    let forged = 0;
    for (let job = jobs; job < jobs + count * JOB.bytes; job += JOB.bytes) {
      const authentic = this.#openOne(key, job);
      this.#view.setUint32(job + JOB.status, authentic ? 0 : 1, true);
      if (!authentic) forged += 1;
    }
    return forged;
  }

  #openOne(key: number, job: number): boolean {
    const target = this.#field(job, JOB.target);
    const length = this.#field(job, JOB.length);
    const sealed = this.#copy(this.#field(job, JOB.source), length + TAG_BYTES);
    try {
      this.#bytes.set(this.#cipher(key, job).decrypt(sealed), target);
      return true;
    } catch {
      this.#bytes.fill(0, target, target + length);
      return false;
    }
  }

  #cipher(key: number, job: number): ReturnType<typeof chacha20poly1305> {
    const nonce = new Uint8Array(NONCE_BYTES);
    nonce.set(this.#copy(job + JOB.counterLow, 8), 4);
    return chacha20poly1305(this.#copy(key, KEY_BYTES), nonce);
  }

  #field(job: number, offset: number): number {
    return this.#view.getUint32(job + offset, true);
  }

  /** The library is not made for memory that other threads see. */
  #copy(offset: number, length: number): Uint8Array {
    return new Uint8Array(this.#bytes.subarray(offset, offset + length));
  }
}
