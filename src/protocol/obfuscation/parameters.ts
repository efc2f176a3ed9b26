/**
 * From AWG parameters, as configuration gives them, to a profile and the timers that go with it. What
 * no implementation can work with is refused here; what upstream merely advises against is a warning,
 * see advice.ts, because servers out there are configured in every way that upstream lets pass.
 */
import { isAllZero } from '../bytes.ts';
import {
  COOKIE_REPLY_BYTES,
  INITIATION_BYTES,
  KEY_BYTES,
  RESPONSE_BYTES,
  TRANSPORT_MINIMUM_BYTES,
} from '../constants.ts';
import { exactly, formatRange, overlap } from '../range.ts';
import { SECOND } from '../time.ts';
import type { TimingPolicy } from '../timers/timing.ts';
import { adviceOn } from './advice.ts';
import type { AwgParameters } from './awg-parameters.ts';
import { signatureTexts, specialTexts } from './awg-parameters.ts';
import type { Generation } from './generation.ts';
import { HEADER_NONCE_BYTES } from './header-protection.ts';
import type { HeaderRange } from './header-range.ts';
import { checkHeaderRange } from './header-range.ts';
import { MAX_DATAGRAM_BYTES, MAX_PARAMETER, MAX_PRELUDE_BYTES, MAX_RANGE_END } from './limits.ts';
import { generationOf } from './needed-generation.ts';
import { ObfuscationError } from './obfuscation-error.ts';
import type { JunkShape, MessageShape, Profile, SpecialHandshake } from './profile.ts';
import type { ProfileWarning } from './profile-warning.ts';
import type { SignaturePacket } from './signature.ts';
import { parseSignature } from './signature.ts';
import { TAGS } from './tags/table.ts';
import { rangeOf, timingOf } from './timing-parameters.ts';

export type { AwgParameters } from './awg-parameters.ts';

export interface BuiltProfile {
  readonly profile: Profile;
  /** Only what differs from plain WireGuard. */
  readonly timing: Partial<TimingPolicy>;
  readonly warnings: readonly ProfileWarning[];
}

/** @throws ObfuscationError for values that cannot work, alone or together */
export function buildProfile(parameters: AwgParameters): BuiltProfile {
  const generation = generationOf(parameters);
  const profile: Profile = {
    initiation: shape('S1', parameters.s1, INITIATION_BYTES, 'H1', parameters.h1 ?? exactly(1)),
    response: shape('S2', parameters.s2, RESPONSE_BYTES, 'H2', parameters.h2 ?? exactly(2)),
    cookieReply: shape('S3', parameters.s3, COOKIE_REPLY_BYTES, 'H3', parameters.h3 ?? exactly(3)),
    transport: shape('S4', parameters.s4, TRANSPORT_MINIMUM_BYTES, 'H4', parameters.h4 ?? exactly(4)),
    junk: junkShape(parameters),
    signatures: packetsOf('I', signatureTexts(parameters), generation),
    special: specialHandshake(parameters, generation),
    headerProtection: protectionKey(parameters.headerProtectionKey),
    contentPadding: rangeOf('ContentPaddingAddition', parameters.contentPaddingAddition),
    randomTrailers: parameters.randomTrailers ?? false,
    disableCookies: parameters.disableCookies ?? false,
    generation,
  };
  refuseOverlaps(profile);
  refuseShortPrefixes(profile);
  refuseHugePrelude(profile);
  const timing = timingOf(parameters);
  return { profile, timing, warnings: adviceOn(profile, timing, parameters) };
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

function checkedNumber(key: string, value = 0, maximum = MAX_PARAMETER): number {
  if (Number.isInteger(value) && value >= 0 && value <= maximum) return value;
  throw new ObfuscationError('bad-number', key, `${value}`, `is not a whole number from 0 to ${maximum}`);
}

/** Gaps are fine: whatever is set is sent, in order. */
function packetsOf(letter: string, texts: readonly string[], generation: Generation): SignaturePacket[] {
  return texts.flatMap((text, index) => parseSignature(text, `${letter}${index + 1}`, TAGS[generation]) ?? []);
}

/** Read in every generation, so that errors show; kept in the one that knows it. */
function specialHandshake(parameters: AwgParameters, generation: Generation): SpecialHandshake | undefined {
  const packets = packetsOf('J', specialTexts(parameters), generation);
  const interval = checkedNumber('Itime', parameters.itime, MAX_RANGE_END) * SECOND;
  const isUsed = generation === '1.5' && (packets.length > 0 || interval > 0);
  return isUsed ? { packets, interval } : undefined;
}

function protectionKey(key: Uint8Array | undefined): Uint8Array | undefined {
  if (key === undefined) return undefined;
  if (key.length !== KEY_BYTES) {
    const complaint = `a key has ${KEY_BYTES} bytes, not ${key.length}`;
    throw new ObfuscationError('bad-key', 'HeaderProtectionKey', '', complaint);
  }
  return isAllZero(key) ? undefined : Uint8Array.from(key);
}

/** A type that two kinds share could not be told apart. */
function refuseOverlaps(profile: Profile): void {
  const headers = shapesOf(profile).map((each) => each.header);
  for (const [second, header] of headers.entries()) {
    const first = headers.slice(0, second).findIndex((earlier) => overlap(earlier, header));
    if (first < 0) continue;
    const complaint = `overlaps H${first + 1} = ${formatRange(headers[first])}`;
    throw new ObfuscationError('header-overlap', `H${second + 1}`, formatRange(header), complaint);
  }
}

/** The prefix selects the key stream that protects the header. */
function refuseShortPrefixes(profile: Profile): void {
  if (profile.headerProtection === undefined) return;
  for (const [index, { prefix }] of shapesOf(profile).entries()) {
    if (prefix >= HEADER_NONCE_BYTES) continue;
    const complaint = `is too short for HeaderProtectionKey, which needs prefixes of ${HEADER_NONCE_BYTES} bytes or more`;
    throw new ObfuscationError('short-prefix', `S${index + 1}`, `${prefix}`, complaint);
  }
}

function refuseHugePrelude({ junk, signatures, special }: Profile): void {
  const packets = [signatures, special?.packets ?? []].map((train) => train.reduce((sum, { bytes }) => sum + bytes, 0));
  const bytes = Math.max(...packets) + junk.count * junk.maximum;
  if (bytes <= MAX_PRELUDE_BYTES) return;
  const complaint = `makes up to ${bytes} bytes before each initiation, more than ${MAX_PRELUDE_BYTES}`;
  throw new ObfuscationError('too-large', 'Jc', `${junk.count}`, complaint);
}

function shapesOf({ initiation, response, cookieReply, transport }: Profile): MessageShape[] {
  return [initiation, response, cookieReply, transport];
}
