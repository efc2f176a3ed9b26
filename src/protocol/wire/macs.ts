/**
 * The two MACs at the end of an initiation or a response (paper 5.4.4), counted from the end:
 *
 *     [ everything else ........ | mac1 16 | mac2 16 ]
 *       \__ mac1 covers this __/
 *       \__ mac2 covers this ___________/
 *
 * mac1 shows that the sender knows our public key, so that we stay silent to everyone else; mac2
 * shows that it can receive at its address. Both cover the type that is sent, and neither covers
 * what AWG puts around the message.
 */
import { MAC_BYTES } from '../constants.ts';

/** All functions return windows into `message`, which has at least 32 bytes. */
export function mac1Of(message: Uint8Array): Uint8Array {
  return message.subarray(message.length - 2 * MAC_BYTES, message.length - MAC_BYTES);
}

export function mac2Of(message: Uint8Array): Uint8Array {
  return message.subarray(message.length - MAC_BYTES);
}

/** The bytes that mac1 covers. */
export function mac1Input(message: Uint8Array): Uint8Array {
  return message.subarray(0, message.length - 2 * MAC_BYTES);
}

/** The bytes that mac2 covers. */
export function mac2Input(message: Uint8Array): Uint8Array {
  return message.subarray(0, message.length - MAC_BYTES);
}
