/**
 * Cookie reply (paper 5.4.7): what a responder under load sends instead of working on a handshake
 * message. Whoever can read it owns the address it was sent to, and proves so by mac2 next time.
 *
 *      0   4  type              3, or what AWG's H3 allows
 *      4   4  receiver          sender of the message it answers
 *      8  24  nonce             random, for XChaCha20-Poly1305
 *     32  32  encrypted cookie  16 + 16
 *     64
 *
 * All integers are little endian.
 */
import { readUint32, writeUint32 } from '../bytes.ts';
import { COOKIE_REPLY_BYTES } from '../constants.ts';
import type { ReceiverIndex } from '../engine-port.ts';

/** Offset of each field; it reaches to the next one. */
export const COOKIE_REPLY = {
  type: 0,
  receiver: 4,
  nonce: 8,
  encryptedCookie: 32,
} as const;

export interface CookieReply {
  readonly type: number;
  readonly receiver: ReceiverIndex;
  /** 24 bytes. */
  readonly nonce: Uint8Array;
  /** 32 bytes. */
  readonly encryptedCookie: Uint8Array;
}

/** Windows into `message`, which they share; undefined when it does not have exactly 64 bytes. */
export function parseCookieReply(message: Uint8Array): CookieReply | undefined {
  if (message.length !== COOKIE_REPLY_BYTES) return undefined;
  return {
    type: readUint32(message, COOKIE_REPLY.type),
    receiver: readUint32(message, COOKIE_REPLY.receiver) as ReceiverIndex,
    nonce: message.subarray(COOKIE_REPLY.nonce, COOKIE_REPLY.encryptedCookie),
    encryptedCookie: message.subarray(COOKIE_REPLY.encryptedCookie),
  };
}

/** 64 bytes. */
export function encodeCookieReply(reply: CookieReply): Uint8Array {
  const message = new Uint8Array(COOKIE_REPLY_BYTES);
  writeUint32(message, COOKIE_REPLY.type, reply.type);
  writeUint32(message, COOKIE_REPLY.receiver, reply.receiver);
  message.set(reply.nonce, COOKIE_REPLY.nonce);
  message.set(reply.encryptedCookie, COOKIE_REPLY.encryptedCookie);
  return message;
}
