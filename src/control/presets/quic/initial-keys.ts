/**
 * The keys of a client's Initial packets (RFC 9001, section 5.2). They follow from the destination
 * connection ID that the packet itself shows, so they hide nothing: everyone on the path can open the
 * packet, and what inspects QUIC does.
 */
import { createHmac } from 'node:crypto';
import { asciiBytes, concatBytes, fromHex } from '../../../protocol/bytes.ts';

export interface InitialKeys {
  /** AES-128-GCM, 16 bytes. */
  readonly key: Uint8Array;
  /** 12 bytes, XORed with the packet number to give the nonce. */
  readonly iv: Uint8Array;
  /** AES-128 for header protection, 16 bytes. */
  readonly headerKey: Uint8Array;
}

/** Of QUIC version 1. */
const INITIAL_SALT = fromHex('38762cf7f55934b34d179ae6a4c80cadccbb7f0a') as Uint8Array;

export function clientInitialKeys(destination: Uint8Array): InitialKeys {
  const initialSecret = hmac(INITIAL_SALT, destination);
  const clientSecret = expandLabel(initialSecret, 'client in', 32);
  return {
    key: expandLabel(clientSecret, 'quic key', 16),
    iv: expandLabel(clientSecret, 'quic iv', 12),
    headerKey: expandLabel(clientSecret, 'quic hp', 16),
  };
}

/** HKDF-Expand-Label with an empty context (RFC 8446, section 7.1), for up to the 32 bytes of one block. */
function expandLabel(secret: Uint8Array, label: string, length: number): Uint8Array {
  const fullLabel = asciiBytes(`tls13 ${label}`);
  const info = concatBytes(Uint8Array.of(0, length, fullLabel.length), fullLabel, Uint8Array.of(0));
  return hmac(secret, concatBytes(info, Uint8Array.of(1))).subarray(0, length);
}

function hmac(key: Uint8Array, data: Uint8Array): Uint8Array {
  return createHmac('sha256', key).update(data).digest();
}
