/**
 * Transport message (paper 5.4.6): one inner packet, encrypted. The data plane works on these in
 * place, through the offsets; the record is for everything that is not in a hurry.
 *
 *      0      4  type      4, or what AWG's H4 allows
 *      4      4  receiver  whose keypair it is, chosen by the receiver in the handshake
 *      8      8  counter   nonce of the encryption and position in the replay window
 *     16   n+16  packet    zero padded inner packet of n bytes and tag; n = 0 is a keepalive
 *
 * All integers are little endian.
 */
import { readUint32, writeUint32 } from '../bytes.ts';
import type { Uint64 } from '../constants.ts';
import { TRANSPORT_HEADER_BYTES, TRANSPORT_MINIMUM_BYTES } from '../constants.ts';
import type { ReceiverIndex } from '../engine-port.ts';

/** Offset of each field. */
export const TRANSPORT = {
  type: 0,
  receiver: 4,
  counterLow: 8,
  counterHigh: 12,
  encryptedPacket: TRANSPORT_HEADER_BYTES,
} as const;

export interface Transport {
  readonly type: number;
  readonly receiver: ReceiverIndex;
  readonly counter: Uint64;
  /** At least 16 bytes. */
  readonly encryptedPacket: Uint8Array;
}

/** A window into `message`, which it shares; undefined when it is shorter than 32 bytes. */
export function parseTransport(message: Uint8Array): Transport | undefined {
  if (message.length < TRANSPORT_MINIMUM_BYTES) return undefined;
  return {
    type: readUint32(message, TRANSPORT.type),
    receiver: readUint32(message, TRANSPORT.receiver) as ReceiverIndex,
    counter: { high: readUint32(message, TRANSPORT.counterHigh), low: readUint32(message, TRANSPORT.counterLow) },
    encryptedPacket: message.subarray(TRANSPORT.encryptedPacket),
  };
}

export function encodeTransport(transport: Transport): Uint8Array {
  const message = new Uint8Array(TRANSPORT_HEADER_BYTES + transport.encryptedPacket.length);
  writeUint32(message, TRANSPORT.type, transport.type);
  writeUint32(message, TRANSPORT.receiver, transport.receiver);
  writeUint32(message, TRANSPORT.counterLow, transport.counter.low);
  writeUint32(message, TRANSPORT.counterHigh, transport.counter.high);
  message.set(transport.encryptedPacket, TRANSPORT.encryptedPacket);
  return message;
}
