/** Holds the wrapping of a message that was found against our profile. */
import { MAC_BYTES, TRANSPORT_HEADER_BYTES } from '../constants.ts';
import { TRAILER_WINDOW_BYTES } from '../obfuscation/disguise.ts';
import type { Profile } from '../obfuscation/profile.ts';
import { contains, formatRange } from '../range.ts';
import type { Finding, Wrapping } from './finding.ts';
import type { KindRules } from './message-kinds.ts';

/** How each kind was recognised. */
const PROOF = {
  initiation: 'an initiation with a valid mac1',
  response: 'a response with a valid mac1',
  'cookie-reply': 'a cookie reply that answers our message and decrypts',
  transport: 'a transport message of our session that decrypts',
} as const;

/** @returns nothing where the message fits the profile */
export function compare(profile: Profile, rules: KindRules, wrapping: Wrapping, bytes: number): Finding[] {
  const { prefix, header } = rules.shapeIn(profile);
  const evidence = `${PROOF[wrapping.kind]}${keepaliveNote(wrapping, bytes)}`;
  const finding = (
    parameter: Finding['parameter'],
    ours: string,
    theirs: string,
    certainty: Finding['certainty'] = 'proven',
  ): Finding => ({ parameter, certainty, ours, theirs, evidence });
  const findings: Finding[] = [];
  if (wrapping.prefix !== prefix) findings.push(finding(rules.prefixKey, `${prefix}`, `${wrapping.prefix}`));
  if (!contains(header, wrapping.type)) {
    findings.push(finding(rules.headerKey, formatRange(header), `${wrapping.type}`));
  }
  const hasKey = profile.headerProtection !== undefined;
  if (wrapping.isMasked !== hasKey) findings.push(finding('HeaderProtectionKey', set(hasKey), set(wrapping.isMasked)));
  if (wrapping.trailer > 0 && !profile.randomTrailers) findings.push(finding('RandomTrailers', 'off', 'on'));
  if (lacksTrailer(profile, wrapping, bytes)) findings.push(finding('RandomTrailers', 'on', 'off', 'likely'));
  return findings;
}

/** Where there is room for one, one message in a few hundred has none by chance. */
function lacksTrailer({ randomTrailers }: Profile, { kind, prefix, trailer }: Wrapping, bytes: number): boolean {
  return randomTrailers && kind !== 'transport' && trailer === 0 && prefix + bytes + 100 < TRAILER_WINDOW_BYTES;
}

export function set(hasKey: boolean): string {
  return hasKey ? 'set' : 'not set';
}

/** Not a wrong parameter, but an old peer: protocol facts 1.1. */
function keepaliveNote({ kind, prefix }: Wrapping, bytes: number): string {
  const isKeepalive = kind === 'transport' && bytes === TRANSPORT_HEADER_BYTES + MAC_BYTES;
  return isKeepalive && prefix === 0 ? ' (a keepalive; amneziawg-go before v0.2.18 sends those without S4)' : '';
}
