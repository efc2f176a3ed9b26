/** What upstream's documentation, its programs and an observer have against a profile that can be read. */

import { INITIATION_BYTES } from '../../../protocol/constants.ts';
import { TRAILER_WINDOW_BYTES } from '../../../protocol/obfuscation/disguise.ts';
import { isNull } from '../../../protocol/obfuscation/null-profile.ts';
import { buildProfile } from '../../../protocol/obfuscation/parameters.ts';
import type { Profile } from '../../../protocol/obfuscation/profile.ts';
import type { ProfileWarning, ProfileWarningCode } from '../../../protocol/obfuscation/profile-warning.ts';
import type { Severity } from '../lint-finding.ts';
import type { LintSubject, UnplacedFinding } from '../lint-subject.ts';
import { finding, lineOf } from '../lint-subject.ts';

const ADVICE: Readonly<Record<ProfileWarningCode, readonly [Severity, string]>> = {
  'large-burst': ['warning', 'lower Jc'],
  'large-datagram': ['warning', 'choose a smaller value'],
  'equal-sizes': ['info', 'change one of the two by a byte, at both ends, if the other end may be that old'],
  gap: ['info', 'number the packets without a gap, if the other end may be that old'],
  'no-effect': ['info', 'remove the line'],
  'unequal-prefixes': ['warning', 'S1 = S2 = S3 = S4, at both ends; awg-vpn itself loses nothing'],
  'newer-key': ['warning', 'leave the key out, or say the true Generation'],
  'cut-off': ['warning', 'stay below 65536'],
  timing: ['warning', 'RekeyAfterTime must end before RejectAfterTime begins'],
};

export function checkAdvice({ parameters, device, config }: LintSubject): UnplacedFinding[] {
  return buildProfile(parameters).warnings.map((warning) => {
    const { code, key, message } = warning;
    const [usual, fix] = ADVICE[code];
    const severity = isRareLoss(config.profile, warning) ? 'info' : usual;
    return finding(severity, `profile-${code}`, [lineOf(device, key), key], message, fix);
  });
}

/** Types in so narrow a range that one message in a million, or fewer, is taken for another. */
const NARROW = 4_096;

function isRareLoss({ initiation, response, cookieReply }: Profile, { code, key }: ProfileWarning): boolean {
  const header = { S1: initiation, S2: response, S3: cookieReply }[key]?.header;
  return code === 'unequal-prefixes' && header !== undefined && header.high - header.low < NARROW;
}

/** Types, sizes and first datagrams by which WireGuard is known. */
export function checkPlainness({ config, device }: LintSubject): UnplacedFinding[] {
  const { profile } = config;
  if (isNull(profile)) {
    const text = 'there are no AmneziaWG keys: this is plain WireGuard, which any observer recognises';
    return [finding('info', 'plain-wireguard', [device.line, ''], text, 'where that matters: awg-vpn genprofile')];
  }
  if (profile.headerProtection !== undefined) return [];
  return [...plainTypes(profile, device.line), ...plainSizes(profile, device.line)];
}

function plainTypes({ initiation, response, cookieReply, transport }: Profile, line: number): UnplacedFinding[] {
  const plain = [initiation, response, cookieReply, transport].flatMap(({ header, prefix }, index) =>
    header.low === index + 1 && header.high === index + 1 && prefix === 0 ? [`H${index + 1}`] : [],
  );
  if (plain.length === 0) return [];
  const text = `messages of the kind begin with the bytes of WireGuard: ${plain.join(', ')} and the prefix before it are not set`;
  return [finding('info', 'plain-types', [line, plain[0] ?? ''], text, 'set H1-H4, the same at both ends')];
}

function plainSizes({ initiation, response, randomTrailers }: Profile, line: number): UnplacedFinding[] {
  if (initiation.prefix !== 0 || response.prefix !== 0 || randomTrailers) return [];
  const text = `handshakes keep the sizes of WireGuard, ${INITIATION_BYTES} and 92 bytes`;
  return [finding('info', 'plain-sizes', [line, 'S1'], text, 'set S1 and S2, the same at both ends')];
}

export function checkTrailerRoom({ config, device }: LintSubject): UnplacedFinding[] {
  const { randomTrailers, initiation } = config.profile;
  if (!randomTrailers || initiation.prefix + INITIATION_BYTES < TRAILER_WINDOW_BYTES) return [];
  const text = `leaves initiations no room for a trailer, which ends at ${TRAILER_WINDOW_BYTES} bytes: they all have one size`;
  return [
    finding('info', 'no-room-for-trailers', [lineOf(device, 'S1'), 'S1'], text, 'choose a smaller S1, at both ends'),
  ];
}
