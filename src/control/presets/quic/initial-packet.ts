/**
 * The first datagram of a QUIC connection: one Initial packet of version 1 that carries a ClientHello
 * (RFC 9000, sections 14.1, 17.2.2 and 19.6; RFC 9001, section 5).
 *
 *     | flags | version | DCID | SCID | token | Length | packet number | CRYPTO, PADDING | tag |
 *     |<------- associated data, its flags and number masked ------->|<---- AES-128-GCM ---->|
 */
import { createCipheriv } from 'node:crypto';
import { concatBytes, writeUint32BigEndian } from '../../../protocol/bytes.ts';
import type { InitialKeys } from './initial-keys.ts';
import { clientInitialKeys } from './initial-keys.ts';
import { twoByteVarint, varint } from './varint.ts';

/** Servers ignore a client's Initial in a smaller datagram (RFC 9000, section 14.1). */
export const INITIAL_DATAGRAM_BYTES = 1200;

/** Long header, fixed bit, Initial, and a packet number of four bytes. */
const FLAGS = 0xc3;
/** The bits of the flags that are masked in a long header. */
const MASKED_FLAGS = 0x0f;
const PACKET_NUMBER_BYTES = 4;
const TAG_BYTES = 16;
const VERSION_1 = Uint8Array.of(0, 0, 0, 1);
const NO_TOKEN = Uint8Array.of(0);
const CRYPTO_FRAME = 0x06;

export interface InitialFields {
  readonly destination: Uint8Array;
  readonly source: Uint8Array;
  readonly packetNumber: number;
  /** The beginning of the handshake: a complete ClientHello. */
  readonly clientHello: Uint8Array;
}

/** @returns the datagram, INITIAL_DATAGRAM_BYTES long unless the ClientHello needs more */
export function initialDatagram(fields: InitialFields): Uint8Array {
  const start = concatBytes(
    Uint8Array.of(FLAGS),
    VERSION_1,
    withLength(fields.destination),
    withLength(fields.source),
    NO_TOKEN,
  );
  const room = INITIAL_DATAGRAM_BYTES - start.length - 2 - PACKET_NUMBER_BYTES - TAG_BYTES;
  const payload = padded(cryptoFrame(fields.clientHello), room);
  const length = twoByteVarint(PACKET_NUMBER_BYTES + payload.length + TAG_BYTES);
  const number = new Uint8Array(PACKET_NUMBER_BYTES);
  writeUint32BigEndian(number, 0, fields.packetNumber);
  return protect(clientInitialKeys(fields.destination), concatBytes(start, length, number), fields, payload);
}

function withLength(connectionId: Uint8Array): Uint8Array {
  return concatBytes(Uint8Array.of(connectionId.length), connectionId);
}

function cryptoFrame(data: Uint8Array): Uint8Array {
  return concatBytes(Uint8Array.of(CRYPTO_FRAME), varint(0), varint(data.length), data);
}

/** A PADDING frame is one zero byte. */
function padded(frames: Uint8Array, bytes: number): Uint8Array {
  return concatBytes(frames, new Uint8Array(Math.max(bytes - frames.length, 0)));
}

function protect(keys: InitialKeys, header: Uint8Array, fields: InitialFields, payload: Uint8Array): Uint8Array {
  const cipher = createCipheriv('aes-128-gcm', keys.key, nonceOf(keys.iv, fields.packetNumber));
  cipher.setAAD(header);
  const sealed = concatBytes(cipher.update(payload), cipher.final(), cipher.getAuthTag());
  const packet = concatBytes(header, sealed);
  maskHeader(packet, header.length - PACKET_NUMBER_BYTES, keys.headerKey);
  return packet;
}

function nonceOf(iv: Uint8Array, packetNumber: number): Uint8Array {
  const number = new Uint8Array(iv.length);
  writeUint32BigEndian(number, iv.length - 4, packetNumber);
  return iv.map((byte, index) => byte ^ number[index]);
}

/** Header protection (RFC 9001, section 5.4): the sample is taken as if the packet number had four bytes, as it has. */
function maskHeader(packet: Uint8Array, numberOffset: number, headerKey: Uint8Array): void {
  const sample = packet.subarray(numberOffset + 4, numberOffset + 20);
  const mask = createCipheriv('aes-128-ecb', headerKey, null).update(sample);
  packet[0] ^= mask[0] & MASKED_FLAGS;
  for (let i = 0; i < PACKET_NUMBER_BYTES; i++) packet[numberOffset + i] ^= mask[1 + i];
}
