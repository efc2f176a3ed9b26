/** An obfuscated profile made up on the spot: every run of the demo looks different on the wire. */
import { randomInt } from 'node:crypto';
import { COOKIE_REPLY_BYTES, INITIATION_BYTES, RESPONSE_BYTES } from '../../protocol/constants.ts';

/** AWG keys in the notation of configuration files, in the order in which they are written. */
export type ProfileKeys = Readonly<Record<string, string>>;

/** A quarter of all 32-bit values for each message kind keeps the ranges apart. */
const QUARTER = 2 ** 30;
const HEADER_RANGE_WIDTH = 2 ** 20;
/** Plain WireGuard's own values are left out. */
const LOWEST_HEADER = 5;

/** Looks like the first packet of a QUIC version 1 connection: long header, eight-byte connection id, padded to 1200 bytes. */
const QUIC_INITIAL = '<b 0xc30000000108><r 8><b 0x0000449e><r 1182>';

export function makeProfile(): ProfileKeys {
  const jmin = randomInt(40, 80);
  return {
    Jc: String(randomInt(3, 7)),
    Jmin: String(jmin),
    Jmax: String(jmin + randomInt(100, 400)),
    ...prefixes(),
    ...headers(),
    I1: QUIC_INITIAL,
  };
}

/** Drawn again until no two handshake messages are of one size, which would give them away as a pair. */
function prefixes(): ProfileKeys {
  for (;;) {
    const [s1, s2, s3] = [randomInt(15, 120), randomInt(15, 120), randomInt(15, 120)];
    const sizes = [s1 + INITIATION_BYTES, s2 + RESPONSE_BYTES, s3 + COOKIE_REPLY_BYTES];
    if (new Set(sizes).size < sizes.length) continue;
    return { S1: String(s1), S2: String(s2), S3: String(s3), S4: String(randomInt(4, 24)) };
  }
}

function headers(): ProfileKeys {
  const quarters = shuffle([0, 1, 2, 3]);
  return Object.fromEntries(quarters.map((quarter, index) => [`H${index + 1}`, rangeIn(quarter)]));
}

function rangeIn(quarter: number): string {
  const low = quarter * QUARTER + randomInt(LOWEST_HEADER, QUARTER - HEADER_RANGE_WIDTH);
  return `${low}-${low + randomInt(HEADER_RANGE_WIDTH / 2, HEADER_RANGE_WIDTH)}`;
}

function shuffle<Item>(items: readonly Item[]): Item[] {
  const left = [...items];
  return items.map(() => left.splice(randomInt(left.length), 1)[0]);
}
