/**
 * Other values that a silent peer may have, to be tried on it one after another. What can only be one
 * of four billion (a type), or is a key, cannot be found out like this.
 */
import type { Finding } from '../../protocol/diagnosis/finding.ts';
import { HEADER_NONCE_BYTES } from '../../protocol/obfuscation/header-protection.ts';
import { nullProfile } from '../../protocol/obfuscation/null-profile.ts';
import type { Profile } from '../../protocol/obfuscation/profile.ts';
import type { Range } from '../../protocol/range.ts';
import { exactly, formatRange } from '../../protocol/range.ts';

export interface Hypothesis {
  readonly profile: Profile;
  readonly finding: Finding;
}

/** Longest prefix that is tried. With it a handshake message fills the smallest IPv6 link; upstream advises 150. */
const MAX_TRIED_PREFIX = 1_132;

const EVIDENCE = 'it answered an initiation that was sent so';

/** BOUNDED by MAX_TRIED_PREFIX and a handful. */
export function initiationHypotheses(profile: Profile): Hypothesis[] {
  return [...switchedOff(profile), ...otherTypes(profile), ...otherPrefixes(profile, 'S1', EVIDENCE)];
}

/** After a handshake that is not followed by data. */
export function transportHypotheses(profile: Profile): Hypothesis[] {
  return otherPrefixes(profile, 'S4', 'it answered data that was sent so');
}

function switchedOff(profile: Profile): Hypothesis[] {
  const { headerProtection, randomTrailers } = profile;
  const protection: Hypothesis = {
    profile: { ...profile, headerProtection: undefined },
    finding: proven('HeaderProtectionKey', 'set', 'not set'),
  };
  const trailers: Hypothesis = {
    profile: { ...profile, randomTrailers: false },
    finding: proven('RandomTrailers', 'on', 'off'),
  };
  return [...(headerProtection === undefined ? [] : [protection]), ...(randomTrailers ? [trailers] : [])];
}

/** The types of another line of the file, and that of plain WireGuard with and without the prefix. */
function otherTypes(profile: Profile): Hypothesis[] {
  const { response, cookieReply, transport, initiation } = profile;
  const ours = formatRange(initiation.header);
  const others = [exactly(1), response.header, cookieReply.header, transport.header];
  const swapped = others
    .filter((header) => formatRange(header) !== ours)
    .map((header) => withType(profile, header, formatRange(header)));
  const plain: Hypothesis = {
    profile: { ...nullProfile(), junk: profile.junk },
    finding: proven('H1', ours, '1 (it is plain WireGuard)'),
  };
  return [...swapped, plain];
}

function withType(profile: Profile, header: Range, theirs: string): Hypothesis {
  const initiation = { ...profile.initiation, header };
  return {
    profile: { ...profile, initiation },
    finding: proven('H1', formatRange(profile.initiation.header), theirs),
  };
}

/** What is advised first. */
function otherPrefixes(profile: Profile, parameter: 'S1' | 'S4', evidence: string): Hypothesis[] {
  const field = parameter === 'S1' ? 'initiation' : 'transport';
  const { prefix: ours } = profile[field];
  const least = profile.headerProtection === undefined ? 0 : HEADER_NONCE_BYTES;
  const prefixes = Array.from({ length: MAX_TRIED_PREFIX - least + 1 }, (_, index) => least + index);
  return prefixes
    .filter((prefix) => prefix !== ours)
    .map((prefix) => ({
      profile: { ...profile, [field]: { ...profile[field], prefix } },
      finding: { ...proven(parameter, `${ours}`, `${prefix}`), evidence },
    }));
}

function proven(parameter: Finding['parameter'], ours: string, theirs: string): Finding {
  return { parameter, certainty: 'proven', ours, theirs, evidence: EVIDENCE };
}
