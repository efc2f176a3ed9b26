/**
 * Writes the value of I1-I5 and J1-J3: the datagram piece by piece, what is always the same as bytes
 * and what differs each time as tags (protocol facts 2.4). The result is ASCII without spaces
 * between tags, which is the one form that every reader of the language takes.
 */
import { asciiBytes, concatBytes, toHex } from '../../../protocol/bytes.ts';
import type { Random } from '../../../protocol/random.ts';
import { oneOf } from '../draw.ts';

const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'.split('');
const DIGITS = '0123456789'.split('');

export class SignatureText {
  readonly #freeze: Random | undefined;
  /** BOUNDED by the calls that one guise makes. */
  readonly #finished: string[] = [];
  #literal: Uint8Array = new Uint8Array(0);

  /** @param freeze draws letters and digits now, once for all datagrams, for readers without these tags */
  constructor(freeze?: Random) {
    this.#freeze = freeze;
  }

  bytes(bytes: Uint8Array): this {
    this.#literal = concatBytes(this.#literal, bytes);
    return this;
  }

  /** @param text ASCII */
  ascii(text: string): this {
    return this.bytes(asciiBytes(text));
  }

  /** @param count at most 1000, which is what the first readers allow */
  randomBytes(count: number): this {
    return this.#tag(`<r ${count}>`);
  }

  letters(count: number): this {
    return this.#characters('rc', LETTERS, count);
  }

  digits(count: number): this {
    return this.#characters('rd', DIGITS, count);
  }

  toString(): string {
    return [...this.#finished, ...this.#literalTag()].join('');
  }

  #characters(name: string, alphabet: readonly string[], count: number): this {
    const random = this.#freeze;
    if (random === undefined) return this.#tag(`<${name} ${count}>`);
    return this.ascii(Array.from({ length: count }, () => oneOf(random, alphabet)).join(''));
  }

  #tag(tag: string): this {
    this.#finished.push(...this.#literalTag(), tag);
    this.#literal = new Uint8Array(0);
    return this;
  }

  /** Pieces that touch make one tag. */
  #literalTag(): string[] {
    return this.#literal.length === 0 ? [] : [`<b 0x${toHex(this.#literal)}>`];
  }
}
