/**
 * What the tags of a signature packet have in common. A tag is read once, from configuration, and then
 * writes its bytes into each packet. One file per tag; `table.ts` lists them.
 */
import type { Random } from '../../random.ts';
import { below } from '../../random.ts';
import type { WallTime } from '../../time.ts';
import { MAX_DATAGRAM_BYTES } from '../limits.ts';

/** What may differ from packet to packet. */
export interface PacketContext {
  readonly random: Random;
  readonly wall: WallTime;
  /** Whole number below 2^53, for `<c>`. */
  readonly counter: number;
}

export interface Tag {
  /** How many bytes it produces, always the same; at most MAX_DATAGRAM_BYTES. */
  readonly bytes: number;
  /** Fills `target`, which has `bytes` bytes. */
  write(target: Uint8Array, context: PacketContext): void;
  /** What the author of the configuration should know about it. */
  readonly advice?: string;
}

/** A complaint that completes the sentence "`<r x>` ...". */
export interface Refusal {
  readonly refusal: string;
}

/** Reads the argument: the word after the name, or nothing. */
export type TagReader = (argument: string) => Tag | Refusal;

/** A tag that is written as `<name N>` and produces N bytes. */
export function sizedTag(argument: string, write: Tag['write']): Tag | Refusal {
  const bytes = readNumber(argument, MAX_DATAGRAM_BYTES);
  return bytes === undefined
    ? { refusal: `needs a number of bytes from 0 to ${MAX_DATAGRAM_BYTES}` }
    : { bytes, write };
}

/** A decimal number in [0, maximum]. Negative and huge ones are what crashed others. */
export function readNumber(argument: string, maximum: number): number | undefined {
  const value = /^\+?\d+$/.test(argument) ? Number(argument) : Number.NaN;
  return value <= maximum ? value : undefined;
}

/** Fills `target` with characters, each equally likely; `alphabet` is ASCII. */
export function fillFrom(alphabet: string, target: Uint8Array, random: Random): void {
  for (let index = 0; index < target.length; index += 1) {
    target[index] = alphabet.charCodeAt(below(random, alphabet.length));
  }
}
