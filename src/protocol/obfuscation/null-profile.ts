/** Plain WireGuard as a profile: nothing before a message, and the types of the paper (5.4). */
import { single } from './header-range.ts';
import type { MessageShape, Profile } from './profile.ts';

export function nullProfile(): Profile {
  return {
    initiation: { prefix: 0, header: single(1) },
    response: { prefix: 0, header: single(2) },
    cookieReply: { prefix: 0, header: single(3) },
    transport: { prefix: 0, header: single(4) },
    junk: { count: 0, minimum: 0, maximum: 0 },
    signatures: [],
  };
}

/** Whether everything that the profile sends is what plain WireGuard sends. */
export function isNull(profile: Profile): boolean {
  return (
    isPlain(profile.initiation, 1) &&
    isPlain(profile.response, 2) &&
    isPlain(profile.cookieReply, 3) &&
    isPlain(profile.transport, 4) &&
    profile.junk.count === 0 &&
    profile.signatures.length === 0
  );
}

function isPlain(shape: MessageShape, type: number): boolean {
  return shape.prefix === 0 && shape.header.low === type && shape.header.high === type;
}
