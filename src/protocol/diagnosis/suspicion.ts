/**
 * What can be said of a datagram in which nothing of ours was found. An initiation that is not for us
 * still ends in 16 zero bytes where its mac2 would be, and one whose header is protected by a key that
 * we do not have still has its length.
 */
import { MAC_BYTES } from '../constants.ts';
import type { HandshakeCrypto } from '../crypto.ts';
import type { Profile } from '../obfuscation/profile.ts';
import { contains } from '../range.ts';
import { set } from './compare.ts';
import type { Finding } from './finding.ts';
import { isFor } from './mac-search.ts';
import { INITIATION_RULES } from './message-kinds.ts';
import type { Reading } from './reading.ts';

/** A public key that somebody could have written into a file in place of ours. */
export interface OtherKey {
  readonly name: string;
  readonly mac1Key: Uint8Array;
}

/** MACs computed to find out whose key it was. */
const MAX_OTHER_KEYS = 16;

const { bytes: BYTES } = INITIATION_RULES;

export function suspect(
  crypto: HandshakeCrypto,
  profile: Profile,
  readings: readonly Reading[],
  others: readonly OtherKey[],
): Finding | undefined {
  for (const reading of readings) {
    const message = strangersInitiation(profile, reading);
    if (message !== undefined) return otherRecipient(crypto, others, message);
  }
  return unreadable(profile, readings);
}

/** Type and mac2 of an initiation where our profile has them: the sender has our profile, and another public key. */
function strangersInitiation(profile: Profile, reading: Reading): Uint8Array | undefined {
  const { prefix, header } = profile.initiation;
  if (!hasRoom(profile, reading) || !contains(header, reading.typeAt(prefix))) return undefined;
  return reading.hasZerosAt(prefix, BYTES - MAC_BYTES) ? reading.messageAt(prefix, BYTES) : undefined;
}

function otherRecipient(crypto: HandshakeCrypto, others: readonly OtherKey[], message: Uint8Array): Finding {
  const owner = others.slice(0, MAX_OTHER_KEYS).find(({ mac1Key }) => isFor(crypto, mac1Key, message));
  return {
    parameter: 'PublicKey',
    certainty: 'proven',
    ours: 'the public key of this end',
    theirs: owner === undefined ? 'another' : owner.name,
    evidence: 'an initiation in our shape whose mac1 is for another public key',
  };
}

/** As long as an initiation, to the byte, and nothing in it to be read. Junk may be that by chance. */
function unreadable(profile: Profile, [first]: readonly Reading[]): Finding | undefined {
  const { prefix } = profile.initiation;
  if (first === undefined || first.datagram.length !== prefix + BYTES) return undefined;
  const hasKey = profile.headerProtection !== undefined;
  return {
    parameter: 'HeaderProtectionKey',
    certainty: 'likely',
    ours: set(hasKey),
    theirs: hasKey ? 'another' : 'set',
    evidence: `a datagram as long as an initiation, ${prefix + BYTES} bytes, with nothing to be read in it`,
  };
}

function hasRoom({ initiation, randomTrailers }: Profile, { datagram }: Reading): boolean {
  const end = initiation.prefix + BYTES;
  return datagram.length === end || (randomTrailers && datagram.length > end);
}
