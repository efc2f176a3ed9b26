/**
 * The ways in which a datagram can be read: as our profile has it, and, where headers are protected,
 * also as if the sender did not know of that. The mask begins with the message, wherever that is, so
 * one key stream serves all offsets (protocol facts 3.4).
 */
import { readUint32 } from '../bytes.ts';
import { INITIATION_BYTES, TRANSPORT_HEADER_BYTES } from '../constants.ts';
import type { HandshakeCrypto } from '../crypto.ts';
import { HEADER_NONCE_BYTES } from '../obfuscation/header-protection.ts';

const ZEROS = new Uint8Array(INITIATION_BYTES);

export class Reading {
  readonly isMasked: boolean;
  readonly datagram: Uint8Array;
  readonly #keyStream: Uint8Array;
  readonly #typeMask: number;
  readonly #indexMask: number;

  constructor(datagram: Uint8Array, keyStream: Uint8Array | undefined) {
    this.isMasked = keyStream !== undefined;
    this.datagram = datagram;
    this.#keyStream = keyStream ?? ZEROS;
    this.#typeMask = readUint32(this.#keyStream, 0);
    this.#indexMask = readUint32(this.#keyStream, 4);
  }

  /** First 32 bits of a message at `offset`. */
  typeAt(offset: number): number {
    return (readUint32(this.datagram, offset) ^ this.#typeMask) >>> 0;
  }

  /** Second 32 bits, where cookie replies and transport messages name the receiver. */
  receiverAt(offset: number): number {
    return (readUint32(this.datagram, offset + 4) ^ this.#indexMask) >>> 0;
  }

  /** Whether 16 bytes, `skip` bytes into a message at `offset`, are zero: a mac2 without a cookie. */
  hasZerosAt(offset: number, skip: number): boolean {
    for (let i = skip; i < skip + 16; i += 1) {
      if (this.datagram[offset + i] !== this.#keyStream[i]) return false;
    }
    return true;
  }

  /** A copy of a handshake message, masked from end to end. */
  messageAt(offset: number, bytes: number): Uint8Array {
    return this.#unmask(Uint8Array.from(this.datagram.subarray(offset, offset + bytes)), bytes);
  }

  /** A copy of everything from `offset`, of which the header only is masked. */
  transportAt(offset: number): Uint8Array {
    return this.#unmask(Uint8Array.from(this.datagram.subarray(offset)), TRANSPORT_HEADER_BYTES);
  }

  /** Of a copy: `slice` of Node's Buffer would be a window, and the other reading would see it changed. */
  #unmask(copy: Uint8Array, bytes: number): Uint8Array {
    for (let i = 0; i < bytes; i += 1) copy[i] ^= this.#keyStream[i];
    return copy;
  }
}

/** The configured way first. A mask needs a prefix to be selected by, so what is too short has none. */
export function readingsOf(crypto: HandshakeCrypto, key: Uint8Array | undefined, datagram: Uint8Array): Reading[] {
  const plain = new Reading(datagram, undefined);
  if (key === undefined || datagram.length < HEADER_NONCE_BYTES) return [plain];
  const keyStream = crypto.chacha20(key, datagram.subarray(0, HEADER_NONCE_BYTES), ZEROS);
  return [new Reading(datagram, keyStream), plain];
}
