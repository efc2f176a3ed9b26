/**
 * A signature packet (I1-I5, J1-J3): a datagram sent before an initiation so that the flow opens like
 * something else, described in a small language of tags (protocol facts 2.4):
 *
 *     <b 0xc70000000108><r 8><t>      six bytes as given, eight random ones, four of time
 *
 * Read once from configuration, built anew before each initiation.
 */

import { quote } from '../quote.ts';
import type { Random } from '../random.ts';
import type { WallTime } from '../time.ts';
import { MAX_DATAGRAM_BYTES } from './limits.ts';
import { ObfuscationError } from './obfuscation-error.ts';
import type { TagTable } from './tags/table.ts';
import { TAGS } from './tags/table.ts';
import type { PacketContext, Tag } from './tags/tag.ts';

export interface SignaturePacket {
  /** Which of `I1` to `I5` and `J1` to `J3` it is; empty where a text was read on its own. */
  readonly key: string;
  /** The configured text, returned unchanged when the configuration is shown. */
  readonly text: string;
  /** Size of each datagram. */
  readonly bytes: number;
  /** What the author should know about the text: parts of it that have no effect. */
  readonly advice: readonly string[];
  /**
   * The bytes of one datagram. Random, time and counter tags differ at each call.
   *
   * @param counter whole number below 2^53, what `<c>` shows
   */
  build(random: Random, wall: WallTime, counter: number): Uint8Array;
}

/**
 * Reads the value of I1-I5 or J1-J3. Text between tags counts for nothing; a value without any tag is unset.
 *
 * @param key named in the error
 * @param table the tags of one generation
 * @throws ObfuscationError `bad-signature` with every bad tag quoted, `too-large` for what no datagram can hold
 */
export function parseSignature(text: string, key = '', table = TAGS['2.0']): SignaturePacket | undefined {
  const tags = readTags(text, key, table);
  if (tags.length === 0) return undefined;
  const bytes = tags.reduce((total, tag) => total + tag.bytes, 0);
  if (bytes > MAX_DATAGRAM_BYTES) {
    throw new ObfuscationError('too-large', key, text, `makes ${bytes} bytes; a datagram holds ${MAX_DATAGRAM_BYTES}`);
  }
  const advice = adviceOn(text, tags, bytes);
  const build: SignaturePacket['build'] = (random, wall, counter) =>
    concatenate(tags, bytes, { random, wall, counter });
  return { key, text, bytes, advice, build };
}

function concatenate(tags: readonly Tag[], bytes: number, context: PacketContext): Uint8Array {
  const datagram = new Uint8Array(bytes);
  let offset = 0;
  for (const tag of tags) {
    tag.write(datagram.subarray(offset, offset + tag.bytes), context);
    offset += tag.bytes;
  }
  return datagram;
}

/** A tag reaches from `<` to the next `>`; a last one without `>` is found too, to be complained about. */
const TAG = /<([^>]*)(>?)/g;

function readTags(text: string, key: string, table: TagTable): Tag[] {
  const tags: Tag[] = [];
  const complaints: string[] = [];
  for (const [whole, inside, end] of text.matchAll(TAG)) {
    const tag = end === '' ? 'has no closing ">"' : readTag(inside, table);
    if (typeof tag === 'string') complaints.push(`${quote(whole)} ${tag}`);
    else tags.push(tag);
  }
  if (complaints.length > 0) throw new ObfuscationError('bad-signature', key, text, complaints.join('; '));
  return tags;
}

/** The tag, or what is wrong with it. */
function readTag(inside: string, table: TagTable): Tag | string {
  const [name = '', argument = ''] = inside.trim().split(/\s+/);
  if (name === '') return 'is empty';
  const tag = table.get(name)?.(argument);
  if (tag === undefined) return `is no known tag; there are ${[...table.keys()].join(', ')}`;
  return 'refusal' in tag ? tag.refusal : tag;
}

function adviceOn(text: string, tags: readonly Tag[], bytes: number): string[] {
  const advice = tags.flatMap((tag) => tag.advice ?? []);
  const outside = text.replaceAll(TAG, '').trim();
  if (outside !== '') advice.push(`${quote(outside)} stands outside of the tags and counts for nothing`);
  if (bytes === 0) advice.push('makes an empty datagram');
  return [...new Set(advice)];
}
