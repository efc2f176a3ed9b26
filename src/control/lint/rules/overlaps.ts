/** Allowed IPs of one peer inside those of another: legal, and often meant, but worth a word. */
import { covers, formatPrefix } from '../../../protocol/address-text.ts';
import type { Prefix } from '../../../protocol/engine-port.ts';
import type { LintPeer, LintSubject, UnplacedFinding } from '../lint-subject.ts';
import { finding, lineOfText } from '../lint-subject.ts';

/** Beyond this many prefixes every pair is too many to look at, and nobody wrote them by hand. */
const MAX_PREFIXES = 2_000;

interface Owned {
  readonly peer: LintPeer;
  readonly prefix: Prefix;
}

export function checkOverlaps({ peers }: LintSubject): UnplacedFinding[] {
  const all = peers.flatMap((peer) => peer.entry.allowedIps.map((prefix): Owned => ({ peer, prefix })));
  const empty = peers.filter(({ entry }) => entry.allowedIps.length === 0).map(nothingAllowed);
  if (all.length > MAX_PREFIXES) return empty;
  return [...empty, ...all.flatMap((inner) => overlapOf(all, inner))];
}

/** A default route contains everything, which is what it is for; so does each half of one. */
function overlapOf(all: readonly Owned[], inner: Owned): UnplacedFinding[] {
  const outer = all.find(
    ({ peer, prefix }) => peer !== inner.peer && prefix.length > 1 && covers(prefix, inner.prefix),
  );
  if (outer === undefined) return [];
  const text = `${formatPrefix(inner.prefix)} lies within ${formatPrefix(outer.prefix)} of the peer of line ${outer.peer.line}; the longer prefix wins, so its packets come here`;
  const line = lineOfText(inner.peer, 'AllowedIPs', formatPrefix(inner.prefix));
  return [finding('info', 'allowed-ips-overlap', [line, 'AllowedIPs'], text)];
}

function nothingAllowed({ line }: LintPeer): UnplacedFinding {
  const text = 'is not set: no packet goes to this peer, and none from it is accepted';
  return finding('warning', 'allowed-ips-missing', [line, 'AllowedIPs'], text, 'add its address in the tunnel');
}
