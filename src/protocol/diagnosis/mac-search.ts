/**
 * Finds initiations and responses by their mac1, which depends on nothing but the receiver's public
 * key and the message with its type (protocol facts 3.3): prefix, type and trailer need not be known.
 */
import { equalBytes } from '../bytes.ts';
import { MAC_BYTES } from '../constants.ts';
import type { HandshakeCrypto } from '../crypto.ts';
import { mac1Input, mac1Of } from '../wire/macs.ts';
import type { KindRules } from './message-kinds.ts';
import type { Reading } from './reading.ts';

/** Longest prefix that is searched for where the length of the datagram does not tell it. */
export const MAX_SEARCHED_PREFIX = 2_048;

/** MACs computed for one kind and reading: bounds what a datagram of zeros costs. */
const MAX_MACS = 6;

export interface FoundMessage {
  readonly prefix: number;
  readonly message: Uint8Array;
}

/** Whether `message` is meant for the owner of the key. */
export function isFor(crypto: HandshakeCrypto, mac1Key: Uint8Array, message: Uint8Array): boolean {
  return equalBytes(crypto.mac(mac1Key, mac1Input(message)), mac1Of(message));
}

export function findByMac(
  crypto: HandshakeCrypto,
  mac1Key: Uint8Array,
  reading: Reading,
  rules: KindRules,
  expectedPrefix: number,
): FoundMessage | undefined {
  for (const prefix of likelyPrefixes(reading, rules.bytes, expectedPrefix)) {
    const message = reading.messageAt(prefix, rules.bytes);
    if (isFor(crypto, mac1Key, message)) return { prefix, message };
  }
  return undefined;
}

/**
 * Where our profile has it, where it would end with the datagram, and wherever a mac2 without a cookie
 * could be: a message with both an unexpected prefix and a trailer is found as long as it has none.
 */
function likelyPrefixes(reading: Reading, bytes: number, expected: number): number[] {
  const last = reading.datagram.length - bytes;
  const prefixes = new Set([expected, last].filter((prefix) => prefix >= 0 && prefix <= last));
  for (let prefix = 0; prefix <= Math.min(last, MAX_SEARCHED_PREFIX); prefix += 1) {
    if (prefixes.size >= MAX_MACS) break;
    if (reading.hasZerosAt(prefix, bytes - MAC_BYTES)) prefixes.add(prefix);
  }
  return [...prefixes];
}
