/**
 * Reads an input as decisions: numbers, choices, pieces of data. What is beyond the end reads as zero,
 * so that every input is a valid script.
 */
export class ByteScript {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get isOver(): boolean {
    return this.#at >= this.#bytes.length;
  }

  byte(): number {
    return this.#bytes[this.#at++] ?? 0;
  }

  uint16(): number {
    return this.byte() | (this.byte() << 8);
  }

  uint32(): number {
    return (this.uint16() | (this.uint16() << 16)) >>> 0;
  }

  /** In [0, count). */
  below(count: number): number {
    return (count <= 256 ? this.byte() : this.uint16()) % count;
  }

  pick<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)];
  }

  /** A copy of up to `length` bytes, as many as there are. */
  take(length: number): Uint8Array {
    const taken = this.#bytes.slice(this.#at, this.#at + length);
    this.#at += length;
    return taken;
  }

  rest(): Uint8Array {
    return this.take(this.#bytes.length);
  }
}
