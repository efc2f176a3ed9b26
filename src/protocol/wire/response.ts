/**
 * Handshake response (paper 5.4.3): the answer to an initiation, from responder to initiator. After
 * it both have the keys of the session.
 *
 *      0   4  type               2, or what AWG's H2 allows
 *      4   4  sender             receiver index the responder chose for itself
 *      8   4  receiver           sender of the initiation
 *     12  32  ephemeral          X25519 public key, in the clear
 *     44  16  encrypted nothing  an empty plaintext's tag: proves the responder's keys
 *     60  16  mac1               see macs.ts
 *     76  16  mac2
 *     92
 *
 * All integers are little endian.
 */
import { readUint32, writeUint32 } from '../bytes.ts';
import { RESPONSE_BYTES } from '../constants.ts';
import type { ReceiverIndex } from '../engine-port.ts';

/** Offset of each field; it reaches to the next one. */
export const RESPONSE = {
  type: 0,
  sender: 4,
  receiver: 8,
  ephemeral: 12,
  encryptedNothing: 44,
  mac1: 60,
  mac2: 76,
} as const;

/** What a handshake puts in and takes out; the MACs are put on and checked by `cookie/`. */
export interface Response {
  readonly type: number;
  readonly sender: ReceiverIndex;
  readonly receiver: ReceiverIndex;
  /** 32 bytes. */
  readonly ephemeral: Uint8Array;
  /** 16 bytes. */
  readonly encryptedNothing: Uint8Array;
}

/** Windows into `message`, which they share; undefined when it does not have exactly 92 bytes. */
export function parseResponse(message: Uint8Array): Response | undefined {
  if (message.length !== RESPONSE_BYTES) return undefined;
  return {
    type: readUint32(message, RESPONSE.type),
    sender: readUint32(message, RESPONSE.sender) as ReceiverIndex,
    receiver: readUint32(message, RESPONSE.receiver) as ReceiverIndex,
    ephemeral: message.subarray(RESPONSE.ephemeral, RESPONSE.encryptedNothing),
    encryptedNothing: message.subarray(RESPONSE.encryptedNothing, RESPONSE.mac1),
  };
}

/** 92 bytes, both MACs zero. */
export function encodeResponse(response: Response): Uint8Array {
  const message = new Uint8Array(RESPONSE_BYTES);
  writeUint32(message, RESPONSE.type, response.type);
  writeUint32(message, RESPONSE.sender, response.sender);
  writeUint32(message, RESPONSE.receiver, response.receiver);
  message.set(response.ephemeral, RESPONSE.ephemeral);
  message.set(response.encryptedNothing, RESPONSE.encryptedNothing);
  return message;
}
