/** One AEAD kernel under test, asked for one packet at a time. */
import { Arena } from '../../src/dataplane/arena.ts';
import type { AeadKernel, KernelName } from '../../src/kernels/kernel.ts';
import { KERNEL_NAMES, TAG_BYTES } from '../../src/kernels/kernel.ts';
import { createAeadKernel, KernelUnavailableError } from '../../src/kernels/select.ts';
import { TestBench } from '../../src/kernels/self-test.ts';

export class KernelSubject {
  readonly name: KernelName;
  readonly #bench: TestBench;
  readonly #kernel: AeadKernel;

  constructor(name: KernelName) {
    const arena = new Arena(16);
    this.name = name;
    this.#kernel = createAeadKernel(name, arena);
    this.#bench = new TestBench(arena);
  }

  /** Ciphertext and tag. */
  seal(key: Uint8Array, counter: Uint8Array, plaintext: Uint8Array): Uint8Array {
    this.#place(key, counter, plaintext, plaintext.length);
    this.#kernel.seal(this.#bench.key, this.#bench.jobs, 1);
    return this.#bench.bytes(0, plaintext.length + TAG_BYTES);
  }

  /** Undefined for what is forged. */
  open(key: Uint8Array, counter: Uint8Array, sealed: Uint8Array): Uint8Array | undefined {
    const length = sealed.length - TAG_BYTES;
    this.#place(key, counter, sealed, length);
    const forged = this.#kernel.open(this.#bench.key, this.#bench.jobs, 1);
    return forged === 0 ? this.#bench.bytes(0, length) : undefined;
  }

  #place(key: Uint8Array, counter: Uint8Array, data: Uint8Array, length: number): void {
    this.#bench.setKey(key);
    this.#bench.place(0, data);
    this.#bench.setJob(0, { source: 0, target: 0, length, counter });
  }
}

/** Those that this Node.js can run: one without relaxed SIMD has a kernel less. */
export function kernelSubjects(): KernelSubject[] {
  return KERNEL_NAMES.flatMap((name) => {
    try {
      return [new KernelSubject(name)];
    } catch (error) {
      if (error instanceof KernelUnavailableError) return [];
      throw error;
    }
  });
}
