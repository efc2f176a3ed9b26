/**
 * Handshake initiation (paper 5.4.2): the first message of a handshake, from initiator to responder.
 *
 *       0   4  type                  1, or what AWG's H1 allows
 *       4   4  sender                receiver index the initiator chose for itself
 *       8  32  ephemeral             X25519 public key, in the clear
 *      40  48  encrypted static      32 + 16: who the initiator is
 *      88  28  encrypted timestamp   12 + 16: TAI64N, against replay
 *     116  16  mac1                  see macs.ts
 *     132  16  mac2
 *     148
 *
 * All integers are little endian. The three reserved bytes that the paper puts after a one-byte type
 * are read as part of a 32-bit type, as every implementation does.
 */
import { readUint32, writeUint32 } from '../bytes.ts';
import { INITIATION_BYTES } from '../constants.ts';
import type { ReceiverIndex } from '../engine-port.ts';

/** Offset of each field; it reaches to the next one. */
export const INITIATION = {
  type: 0,
  sender: 4,
  ephemeral: 8,
  encryptedStatic: 40,
  encryptedTimestamp: 88,
  mac1: 116,
  mac2: 132,
} as const;

/** What a handshake puts in and takes out; the MACs are put on and checked by `cookie/`. */
export interface Initiation {
  readonly type: number;
  readonly sender: ReceiverIndex;
  /** 32 bytes. */
  readonly ephemeral: Uint8Array;
  /** 48 bytes. */
  readonly encryptedStatic: Uint8Array;
  /** 28 bytes. */
  readonly encryptedTimestamp: Uint8Array;
}

/** Windows into `message`, which they share; undefined when it does not have exactly 148 bytes. */
export function parseInitiation(message: Uint8Array): Initiation | undefined {
  if (message.length !== INITIATION_BYTES) return undefined;
  return {
    type: readUint32(message, INITIATION.type),
    sender: readUint32(message, INITIATION.sender) as ReceiverIndex,
    ephemeral: message.subarray(INITIATION.ephemeral, INITIATION.encryptedStatic),
    encryptedStatic: message.subarray(INITIATION.encryptedStatic, INITIATION.encryptedTimestamp),
    encryptedTimestamp: message.subarray(INITIATION.encryptedTimestamp, INITIATION.mac1),
  };
}

/** 148 bytes, both MACs zero. */
export function encodeInitiation(initiation: Initiation): Uint8Array {
  const message = new Uint8Array(INITIATION_BYTES);
  writeUint32(message, INITIATION.type, initiation.type);
  writeUint32(message, INITIATION.sender, initiation.sender);
  message.set(initiation.ephemeral, INITIATION.ephemeral);
  message.set(initiation.encryptedStatic, INITIATION.encryptedStatic);
  message.set(initiation.encryptedTimestamp, INITIATION.encryptedTimestamp);
  return message;
}
