/**
 * Header protection (AWG 3.0): what would give a message away is masked by a key stream that the first
 * bytes of its own prefix select, so that no two datagrams have a byte in common (protocol facts 3.4).
 *
 *     | first 12 bytes: nonce | rest of S | message XOR key stream | trailer |
 *
 * Handshake messages and cookie replies are masked whole, here; of transport messages only the 16 bytes
 * of the header are, in the data plane, since the rest is random to any observer.
 */
import type { HandshakeCrypto } from '../crypto.ts';

/** Bytes of the prefix that select the key stream, and so the shortest prefix that can be used with a key. */
export const HEADER_NONCE_BYTES = 12;

/**
 * Masks a message, or takes the mask off again: both are the same.
 *
 * @param key 32 bytes (HeaderProtectionKey); undefined changes nothing
 * @param datagram begins with the prefix, HEADER_NONCE_BYTES or more when there is a key
 */
export function maskMessage(
  crypto: HandshakeCrypto,
  key: Uint8Array | undefined,
  datagram: Uint8Array,
  message: Uint8Array,
): Uint8Array {
  if (key === undefined) return message;
  return crypto.chacha20(key, datagram.subarray(0, HEADER_NONCE_BYTES), message);
}
