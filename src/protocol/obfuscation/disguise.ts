/**
 * The last step of a handshake message before the wire, after type and MACs are in place, because the
 * MACs cover the type and nothing that is added here (protocol facts 3.1, 3.3). The data plane does
 * the same for transport messages, in the arena.
 *
 *     | S random bytes | message, masked where there is a header protection key | trailer |
 */
import type { HandshakeCrypto } from '../crypto.ts';
import type { Random } from '../random.ts';
import { below } from '../random.ts';
import { maskMessage } from './header-protection.ts';
import type { MessageShape, Profile } from './profile.ts';

/**
 * Datagrams with a trailer stay below this. Upstream begins with this window for each peer, and always
 * has it for cookie replies; transport messages may widen it, which the core does not see (facts 3.5).
 */
export const TRAILER_WINDOW_BYTES = 500;

/** A new datagram around `message`, which is one of the three of a handshake and has the shape of its kind. */
export function disguise(
  profile: Profile,
  shape: MessageShape,
  message: Uint8Array,
  crypto: HandshakeCrypto,
  random: Random,
): Uint8Array {
  const end = shape.prefix + message.length;
  const datagram = new Uint8Array(end + trailerBytes(profile, end, random));
  random.fill(datagram.subarray(0, shape.prefix));
  datagram.set(maskMessage(crypto, profile.headerProtection, datagram, message), shape.prefix);
  random.fill(datagram.subarray(end));
  return datagram;
}

/** Uniform from 0 to what the window leaves, its end not included; none where nothing is left. */
function trailerBytes(profile: Profile, bytes: number, random: Random): number {
  const room = TRAILER_WINDOW_BYTES - bytes;
  return profile.randomTrailers && room > 0 ? below(random, room) : 0;
}
