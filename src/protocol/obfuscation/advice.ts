/**
 * What upstream's documentation or other implementations say against a profile that nevertheless
 * works: each a warning for whoever wrote it, never an obstacle.
 */
import { COOKIE_REPLY_BYTES, INITIATION_BYTES, RESPONSE_BYTES, TRANSPORT_MINIMUM_BYTES } from '../constants.ts';
import { ADVISED_BURST, ADVISED_DATAGRAM_BYTES } from './limits.ts';
import type { Profile } from './profile.ts';

/** Stable, for scripts and tests. Append only. */
export type ProfileWarningCode = 'large-burst' | 'large-datagram' | 'equal-sizes' | 'gap' | 'no-effect';

export interface ProfileWarning {
  readonly code: ProfileWarningCode;
  /** As in a configuration file: `Jc`, `S2`, `I3`. */
  readonly key: string;
  /** One sentence about the value of `key`, which it does not repeat. */
  readonly message: string;
}

/** @param texts I1 to I5 as configured, empty where left out */
export function adviceOn(profile: Profile, texts: readonly string[]): ProfileWarning[] {
  return [
    ...adviceOnBurst(profile),
    ...adviceOnJunkSize(profile),
    ...adviceOnSizes(profile),
    ...adviceOnSignatures(profile),
    ...adviceOnGaps(profile, texts),
  ];
}

function adviceOnBurst({ junk, signatures }: Profile): ProfileWarning[] {
  const burst = junk.count + signatures.length + 1;
  if (burst <= ADVISED_BURST) return [];
  const message = `makes ${burst} datagrams an initiation; amneziawg-go does not survive more than ${ADVISED_BURST}`;
  return [{ code: 'large-burst', key: 'Jc', message }];
}

function adviceOnJunkSize({ junk }: Profile): ProfileWarning[] {
  if (junk.count === 0) return [];
  if (junk.maximum === 0) return [{ code: 'no-effect', key: 'Jc', message: 'has no effect while Jmax is 0' }];
  return adviceOnSize('Jmax', junk.maximum);
}

function adviceOnSizes({ initiation, response, cookieReply, transport }: Profile): ProfileWarning[] {
  const sizes = [
    { key: 'S1', bytes: initiation.prefix + INITIATION_BYTES },
    { key: 'S2', bytes: response.prefix + RESPONSE_BYTES },
    { key: 'S3', bytes: cookieReply.prefix + COOKIE_REPLY_BYTES },
    { key: 'S4', bytes: transport.prefix + TRANSPORT_MINIMUM_BYTES },
  ];
  return sizes.flatMap(({ key, bytes }, index) => [
    ...adviceOnSize(key, bytes),
    ...sizes
      .slice(0, index)
      .flatMap((earlier) => (earlier.bytes === bytes ? adviceOnEqual(key, earlier.key, bytes) : [])),
  ]);
}

function adviceOnEqual(key: string, otherKey: string, bytes: number): ProfileWarning[] {
  const message = `makes messages of ${bytes} bytes as ${otherKey} does; amneziawg-go before v0.2.16 refuses that`;
  return [{ code: 'equal-sizes', key, message }];
}

function adviceOnSignatures({ signatures }: Profile): ProfileWarning[] {
  return signatures.flatMap(({ key, bytes, advice }) => [
    ...adviceOnSize(key, bytes),
    ...advice.map((message): ProfileWarning => ({ code: 'no-effect', key, message })),
  ]);
}

/** A value without tags, and a packet behind an unset one. */
function adviceOnGaps({ signatures }: Profile, texts: readonly string[]): ProfileWarning[] {
  const set = new Set(signatures.map((packet) => packet.key));
  return texts.flatMap((text, index): ProfileWarning[] => {
    const key = `I${index + 1}`;
    if (!set.has(key))
      return text === '' ? [] : [{ code: 'no-effect', key, message: 'has no tag and counts as unset' }];
    if (index === 0 || set.has(`I${index}`)) return [];
    return [{ code: 'gap', key, message: `follows an unset I${index}; amneziawg-go before v0.2.16 refuses that` }];
  });
}

function adviceOnSize(key: string, bytes: number): ProfileWarning[] {
  if (bytes <= ADVISED_DATAGRAM_BYTES) return [];
  const message = `makes datagrams of ${bytes} bytes; above ${ADVISED_DATAGRAM_BYTES} they may arrive in pieces or not at all`;
  return [{ code: 'large-datagram', key, message }];
}
