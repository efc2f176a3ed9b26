/** Going on with what was found, so that the next difference shows as well. */
import type { MessageShape, Profile } from '../obfuscation/profile.ts';
import { contains, exactly } from '../range.ts';
import type { Wrapping } from './finding.ts';

/**
 * The profile that understands the sender of a message so wrapped, and is understood by it. Of a range
 * of types only the value that was drawn is known, which is enough to be understood; and who gets no
 * trailer can do with none, whether he meant it or drew it.
 */
export function adopt(profile: Profile, wrapping: Wrapping): Profile {
  return {
    ...profile,
    initiation: shapeFor(profile.initiation, wrapping, 'initiation'),
    response: shapeFor(profile.response, wrapping, 'response'),
    cookieReply: shapeFor(profile.cookieReply, wrapping, 'cookie-reply'),
    transport: shapeFor(profile.transport, wrapping, 'transport'),
    headerProtection: wrapping.isMasked ? profile.headerProtection : undefined,
    randomTrailers: wrapping.kind === 'transport' ? profile.randomTrailers : wrapping.trailer > 0,
  };
}

function shapeFor(shape: MessageShape, { kind, prefix, type }: Wrapping, wanted: Wrapping['kind']): MessageShape {
  if (kind !== wanted) return shape;
  return { prefix, header: contains(shape.header, type) ? shape.header : exactly(type) };
}
