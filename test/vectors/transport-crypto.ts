/** Seals and opens transport messages by OpenSSL, for what is recorded and for reading it again. */
import { createCipheriv, createDecipheriv } from 'node:crypto';
import { writeUint32 } from '../../src/protocol/bytes.ts';
import type { ReceiverIndex } from '../../src/protocol/engine-port.ts';
import { encodeTransport, parseTransport } from '../../src/protocol/wire/transport.ts';

const ALGORITHM = 'chacha20-poly1305';
const TAG = { authTagLength: 16 } as const;

function nonceOf(low: number, high: number): Uint8Array {
  const nonce = new Uint8Array(12);
  writeUint32(nonce, 4, low);
  writeUint32(nonce, 8, high);
  return nonce;
}

/** @throws where the tag is wrong, or the message too short */
export function openTransport(
  key: Uint8Array,
  message: Uint8Array,
): { readonly counter: number; readonly plaintext: Uint8Array } {
  const transport = parseTransport(message);
  if (transport === undefined) throw new RangeError(`${message.length} bytes are no transport message`);
  const { counter, encryptedPacket } = transport;
  const tagAt = encryptedPacket.length - TAG.authTagLength;
  const decipher = createDecipheriv(ALGORITHM, key, nonceOf(counter.low, counter.high), TAG);
  decipher.setAuthTag(encryptedPacket.subarray(tagAt));
  const plaintext = Buffer.concat([decipher.update(encryptedPacket.subarray(0, tagAt)), decipher.final()]);
  return { counter: counter.low, plaintext };
}

export function sealTransport(
  key: Uint8Array,
  header: { readonly type: number; readonly receiver: ReceiverIndex; readonly counter: number },
  plaintext: Uint8Array,
): Uint8Array {
  const { type, receiver, counter } = header;
  const cipher = createCipheriv(ALGORITHM, key, nonceOf(counter, 0), TAG);
  const encryptedPacket = Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
  return encodeTransport({ type, receiver, counter: { high: 0, low: counter }, encryptedPacket });
}
