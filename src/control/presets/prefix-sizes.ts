/**
 * S1 to S4. On a wire without trailers the four kinds of message must differ in length, because the
 * first generations refuse anything else; with trailers the four prefixes must be equal, because
 * upstream's receiver then reads the type in one place and loses nothing (protocol facts 3.6).
 */
import {
  COOKIE_REPLY_BYTES,
  INITIATION_BYTES,
  RESPONSE_BYTES,
  TRANSPORT_MINIMUM_BYTES,
} from '../../protocol/constants.ts';
import type { AwgParameters } from '../../protocol/obfuscation/awg-parameters.ts';
import type { Generation } from '../../protocol/obfuscation/generation.ts';
import type { Random } from '../../protocol/random.ts';
import type { Range } from '../../protocol/range.ts';
import { draw } from '../../protocol/range.ts';

export type PrefixSizes = Pick<AwgParameters, 's1' | 's2' | 's3' | 's4'>;

/** Upstream's advice for S1 and S2. */
const HANDSHAKE_PREFIX: Range = { low: 15, high: 150 };

/** What every packet pays for S4. Header protection takes its nonce from the first 12 bytes. */
const TRANSPORT_PREFIX: Range = { low: 12, high: 32 };

export function prefixSizes(generation: Generation, random: Random): PrefixSizes {
  if (generation === '3.1') return equalSizes(random);
  for (;;) {
    const sizes = unequalSizes(generation, random);
    if (haveOwnLengths(sizes)) return sizes;
  }
}

function equalSizes(random: Random): PrefixSizes {
  const size = draw(TRANSPORT_PREFIX, random);
  return { s1: size, s2: size, s3: size, s4: size };
}

/**
 * 1.0 knows S1 and S2. The releases of 1.5 send keepalives without the prefix that they expect of
 * them (protocol facts 1.2), so S4 stays unset there.
 */
function unequalSizes(generation: Generation, random: Random): PrefixSizes {
  const first = { s1: draw(HANDSHAKE_PREFIX, random), s2: draw(HANDSHAKE_PREFIX, random) };
  if (generation === '1.0') return first;
  const third = { ...first, s3: draw(HANDSHAKE_PREFIX, random) };
  return generation === '1.5' ? third : { ...third, s4: draw(TRANSPORT_PREFIX, random) };
}

function haveOwnLengths({ s1 = 0, s2 = 0, s3 = 0, s4 = 0 }: PrefixSizes): boolean {
  const lengths = [s1 + INITIATION_BYTES, s2 + RESPONSE_BYTES, s3 + COOKIE_REPLY_BYTES, s4 + TRANSPORT_MINIMUM_BYTES];
  return new Set(lengths).size === lengths.length;
}
