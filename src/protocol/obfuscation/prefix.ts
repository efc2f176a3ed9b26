/**
 * The S prefix: the last step of a handshake message before the wire, after type and MACs are in
 * place, because the MACs cover the type but not the prefix (protocol facts 3.1, 3.3). The data plane
 * does the same for transport messages, in the arena.
 *
 *     | S random bytes | message |
 *
 * Header protection would follow here, as it masks the message with a key stream that the prefix
 * selects, and a trailer after that.
 */
import type { Random } from '../random.ts';
import type { MessageShape } from './profile.ts';

/** A new datagram of `shape.prefix` fresh random bytes and the message. */
export function withPrefix(shape: MessageShape, message: Uint8Array, random: Random): Uint8Array {
  const datagram = new Uint8Array(shape.prefix + message.length);
  random.fill(datagram.subarray(0, shape.prefix));
  datagram.set(message, shape.prefix);
  return datagram;
}
