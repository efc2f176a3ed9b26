/**
 * From AWG parameters, as configuration gives them, to a profile. What no implementation can work with
 * is refused here; what upstream merely advises against is a warning, see advice.ts, because servers
 * out there are configured in every way that upstream lets pass.
 */
import { COOKIE_REPLY_BYTES, INITIATION_BYTES, RESPONSE_BYTES, TRANSPORT_MINIMUM_BYTES } from '../constants.ts';
import type { ProfileWarning } from './advice.ts';
import { adviceOn } from './advice.ts';
import type { HeaderRange } from './header-range.ts';
import { checkHeaderRange, formatHeaderRange, overlap, single } from './header-range.ts';
import { MAX_DATAGRAM_BYTES, MAX_PARAMETER, MAX_PRELUDE_BYTES } from './limits.ts';
import { ObfuscationError } from './obfuscation-error.ts';
import type { JunkShape, MessageShape, Profile } from './profile.ts';
import type { SignaturePacket } from './signature.ts';
import { parseSignature } from './signature.ts';

/** Named as in configuration files. What is left out is 0 or unset, and 1 to 4 for H1-H4. */
export interface AwgParameters {
  readonly jc?: number;
  readonly jmin?: number;
  readonly jmax?: number;
  readonly s1?: number;
  readonly s2?: number;
  readonly s3?: number;
  readonly s4?: number;
  readonly h1?: HeaderRange;
  readonly h2?: HeaderRange;
  readonly h3?: HeaderRange;
  readonly h4?: HeaderRange;
  readonly i1?: string;
  readonly i2?: string;
  readonly i3?: string;
  readonly i4?: string;
  readonly i5?: string;
}

export interface BuiltProfile {
  readonly profile: Profile;
  readonly warnings: readonly ProfileWarning[];
}

/** @throws ObfuscationError for values that cannot work, alone or together */
export function buildProfile(parameters: AwgParameters): BuiltProfile {
  const { i1, i2, i3, i4, i5 } = parameters;
  const texts = [i1, i2, i3, i4, i5].map((text) => text ?? '');
  const profile: Profile = {
    initiation: shape('S1', parameters.s1, INITIATION_BYTES, 'H1', parameters.h1 ?? single(1)),
    response: shape('S2', parameters.s2, RESPONSE_BYTES, 'H2', parameters.h2 ?? single(2)),
    cookieReply: shape('S3', parameters.s3, COOKIE_REPLY_BYTES, 'H3', parameters.h3 ?? single(3)),
    transport: shape('S4', parameters.s4, TRANSPORT_MINIMUM_BYTES, 'H4', parameters.h4 ?? single(4)),
    junk: junkShape(parameters),
    signatures: signaturesOf(texts),
  };
  refuseOverlaps(profile);
  refuseHugePrelude(profile);
  return { profile, warnings: adviceOn(profile, texts) };
}

function shape(
  sizeKey: string,
  size: number | undefined,
  bytes: number,
  headerKey: string,
  header: HeaderRange,
): MessageShape {
  const prefix = checkedNumber(sizeKey, size);
  if (prefix + bytes > MAX_DATAGRAM_BYTES) {
    const complaint = `leaves no room for a message of ${bytes} bytes in a datagram, which holds ${MAX_DATAGRAM_BYTES}`;
    throw new ObfuscationError('too-large', sizeKey, `${prefix}`, complaint);
  }
  return { prefix, header: checkHeaderRange(header, headerKey) };
}

function junkShape({ jc, jmin, jmax }: AwgParameters): JunkShape {
  const count = checkedNumber('Jc', jc);
  const minimum = checkedNumber('Jmin', jmin);
  const maximum = checkedNumber('Jmax', jmax);
  if (minimum > maximum) {
    throw new ObfuscationError('junk-sizes', 'Jmin', `${minimum}`, `is greater than Jmax = ${maximum}`);
  }
  if (maximum > MAX_DATAGRAM_BYTES) {
    throw new ObfuscationError('too-large', 'Jmax', `${maximum}`, `is more than ${MAX_DATAGRAM_BYTES}`);
  }
  return { count, minimum, maximum };
}

function checkedNumber(key: string, value = 0): number {
  if (Number.isInteger(value) && value >= 0 && value <= MAX_PARAMETER) return value;
  throw new ObfuscationError('bad-number', key, `${value}`, `is not a whole number from 0 to ${MAX_PARAMETER}`);
}

/** Gaps are fine: whatever is set is sent, in order. */
function signaturesOf(texts: readonly string[]): SignaturePacket[] {
  return texts.flatMap((text, index) => parseSignature(text, `I${index + 1}`) ?? []);
}

/** A type that two kinds share could not be told apart. */
function refuseOverlaps({ initiation, response, cookieReply, transport }: Profile): void {
  const headers = [initiation, response, cookieReply, transport].map((each) => each.header);
  for (const [second, header] of headers.entries()) {
    const first = headers.slice(0, second).findIndex((earlier) => overlap(earlier, header));
    if (first < 0) continue;
    const complaint = `overlaps H${first + 1} = ${formatHeaderRange(headers[first])}`;
    throw new ObfuscationError('header-overlap', `H${second + 1}`, formatHeaderRange(header), complaint);
  }
}

function refuseHugePrelude({ junk, signatures }: Profile): void {
  const bytes = signatures.reduce((total, packet) => total + packet.bytes, junk.count * junk.maximum);
  if (bytes <= MAX_PRELUDE_BYTES) return;
  const complaint = `makes up to ${bytes} bytes before each initiation, more than ${MAX_PRELUDE_BYTES}`;
  throw new ObfuscationError('too-large', 'Jc', `${junk.count}`, complaint);
}
