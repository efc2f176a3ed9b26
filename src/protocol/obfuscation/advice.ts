/**
 * What upstream's documentation or other implementations say against a profile that nevertheless
 * works: each a warning for whoever wrote it, never an obstacle. Datagrams are judged here; what
 * concerns generations, trailers and timers is in the two files beside.
 */
import { COOKIE_REPLY_BYTES, INITIATION_BYTES, RESPONSE_BYTES, TRANSPORT_MINIMUM_BYTES } from '../constants.ts';
import type { TimingPolicy } from '../timers/timing.ts';
import { adviceOnGeneration } from './advice-on-generation.ts';
import { adviceOnTiming, adviceOnWidth } from './advice-on-timing.ts';
import type { AwgParameters } from './awg-parameters.ts';
import { signatureTexts, specialTexts } from './awg-parameters.ts';
import { isLater } from './generation.ts';
import { ADVISED_BURST, ADVISED_DATAGRAM_BYTES } from './limits.ts';
import type { MessageShape, Profile } from './profile.ts';
import type { ProfileWarning } from './profile-warning.ts';
import type { SignaturePacket } from './signature.ts';

export function adviceOn(profile: Profile, timing: Partial<TimingPolicy>, parameters: AwgParameters): ProfileWarning[] {
  return [
    ...adviceOnBurst(profile),
    ...adviceOnJunkSize(profile),
    ...adviceOnSizes(profile),
    ...adviceOnTrailers(profile),
    ...adviceOnTrain(profile, 'I', signatureTexts(parameters), profile.signatures),
    ...adviceOnTrain(profile, 'J', specialTexts(parameters), profile.special?.packets),
    ...adviceOnGeneration(profile, parameters),
    ...adviceOnWidth(parameters),
    ...adviceOnTiming(timing),
  ];
}

function adviceOnBurst({ junk, signatures, special }: Profile): ProfileWarning[] {
  const burst = junk.count + Math.max(signatures.length, special?.packets.length ?? 0) + 1;
  if (burst <= ADVISED_BURST) return [];
  const message = `makes ${burst} datagrams an initiation; amneziawg-go does not survive more than ${ADVISED_BURST}`;
  return [{ code: 'large-burst', key: 'Jc', message }];
}

function adviceOnJunkSize({ junk }: Profile): ProfileWarning[] {
  if (junk.count === 0) return [];
  if (junk.maximum === 0) return [{ code: 'no-effect', key: 'Jc', message: 'has no effect while Jmax is 0' }];
  return adviceOnSize('Jmax', junk.maximum);
}

function adviceOnSizes(profile: Profile): ProfileWarning[] {
  const { initiation, response, cookieReply, transport } = profile;
  const sizes = [
    { key: 'S1', bytes: initiation.prefix + INITIATION_BYTES },
    { key: 'S2', bytes: response.prefix + RESPONSE_BYTES },
    { key: 'S3', bytes: cookieReply.prefix + COOKIE_REPLY_BYTES },
    { key: 'S4', bytes: transport.prefix + TRANSPORT_MINIMUM_BYTES },
  ];
  return sizes.flatMap(({ key, bytes }, index) => {
    const equal = isEarly(profile) ? sizes.slice(0, index).filter((earlier) => earlier.bytes === bytes) : [];
    return [...adviceOnSize(key, bytes), ...equal.map((earlier) => adviceOnEqual(key, earlier.key, bytes))];
  });
}

function adviceOnEqual(key: string, otherKey: string, bytes: number): ProfileWarning {
  const message = `makes messages of ${bytes} bytes as ${otherKey} does; amneziawg-go before v0.2.16 refuses that`;
  return { code: 'equal-sizes', key, message };
}

/**
 * Where handshake messages may be of any length, upstream takes a transport message for one of them
 * whenever what stands at their prefix happens to be their type, and loses it. We do not.
 */
function adviceOnTrailers({ randomTrailers, initiation, response, cookieReply, transport }: Profile): ProfileWarning[] {
  if (!randomTrailers) return [];
  return [initiation, response, cookieReply].flatMap((shape, index): ProfileWarning[] => {
    if (shape.prefix === transport.prefix) return [];
    const message = `differs from S4 while RandomTrailers is on; amneziawg-go loses ${lossOf(shape)} transport messages then`;
    return [{ code: 'unequal-prefixes', key: `S${index + 1}`, message }];
  });
}

function lossOf({ header }: MessageShape): string {
  const types = header.high - header.low + 1;
  return `one in ${Math.round(0x1_0000_0000 / types)} of the longer`;
}

/** @param packets what was made of `texts`, undefined where they are not used at all */
function adviceOnTrain(
  profile: Profile,
  letter: string,
  texts: readonly string[],
  packets: readonly SignaturePacket[] | undefined,
): ProfileWarning[] {
  if (packets === undefined) return [];
  const warnings = packets.flatMap(({ key, bytes, advice }) => [
    ...adviceOnSize(key, bytes),
    ...advice.map((message): ProfileWarning => ({ code: 'no-effect', key, message })),
  ]);
  return [...warnings, ...adviceOnGaps(profile, letter, texts, new Set(packets.map(({ key }) => key)))];
}

/** A value without tags, and a packet behind an unset one. */
function adviceOnGaps(
  profile: Profile,
  letter: string,
  texts: readonly string[],
  set: ReadonlySet<string>,
): ProfileWarning[] {
  return texts.flatMap((text, index): ProfileWarning[] => {
    const [key, previous] = [`${letter}${index + 1}`, `${letter}${index}`];
    if (!set.has(key)) {
      return text === '' ? [] : [{ code: 'no-effect', key, message: 'has no tag and counts as unset' }];
    }
    if (index === 0 || set.has(previous) || !isEarly(profile)) return [];
    return [{ code: 'gap', key, message: `follows an unset ${previous}; amneziawg-go before v0.2.16 refuses that` }];
  });
}

/** Whether the other end may be so old that it checks more than it must. */
function isEarly({ generation }: Profile): boolean {
  return !isLater(generation, '2.0');
}

function adviceOnSize(key: string, bytes: number): ProfileWarning[] {
  if (bytes <= ADVISED_DATAGRAM_BYTES) return [];
  const message = `makes datagrams of ${bytes} bytes; above ${ADVISED_DATAGRAM_BYTES} they may arrive in pieces or not at all`;
  return [{ code: 'large-datagram', key, message }];
}
