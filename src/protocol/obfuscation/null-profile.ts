/** Plain WireGuard as a profile: nothing before a message, and the types of the paper (5.4). */
import { exactly } from '../range.ts';
import type { MessageShape, Profile } from './profile.ts';

export function nullProfile(): Profile {
  return {
    initiation: { prefix: 0, header: exactly(1) },
    response: { prefix: 0, header: exactly(2) },
    cookieReply: { prefix: 0, header: exactly(3) },
    transport: { prefix: 0, header: exactly(4) },
    junk: { count: 0, minimum: 0, maximum: 0 },
    signatures: [],
    special: undefined,
    headerProtection: undefined,
    contentPadding: undefined,
    randomTrailers: false,
    disableCookies: false,
    generation: '1.0',
  };
}

/** Whether everything that the profile sends is what plain WireGuard sends, which generation it is counted to or not. */
export function isNull(profile: Profile): boolean {
  return (
    isPlain(profile.initiation, 1) &&
    isPlain(profile.response, 2) &&
    isPlain(profile.cookieReply, 3) &&
    isPlain(profile.transport, 4) &&
    profile.junk.count === 0 &&
    profile.signatures.length === 0 &&
    profile.special === undefined &&
    profile.headerProtection === undefined &&
    profile.contentPadding === undefined &&
    !profile.randomTrailers &&
    !profile.disableCookies
  );
}

function isPlain(shape: MessageShape, type: number): boolean {
  return shape.prefix === 0 && shape.header.low === type && shape.header.high === type;
}
