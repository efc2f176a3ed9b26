/**
 * Small pure operations on bytes, used wherever a message is built or read. All integers of the
 * protocol are little endian. Offsets and lengths are in bytes and are trusted: whoever accepted a
 * message has checked its length.
 */

export function readUint16(bytes: Uint8Array, offset: number): number {
  return bytes[offset] | (bytes[offset + 1] << 8);
}

export function writeUint16(bytes: Uint8Array, offset: number, value: number): void {
  bytes[offset] = value;
  bytes[offset + 1] = value >>> 8;
}

export function readUint32(bytes: Uint8Array, offset: number): number {
  return (readUint16(bytes, offset) | (readUint16(bytes, offset + 2) << 16)) >>> 0;
}

export function writeUint32(bytes: Uint8Array, offset: number, value: number): void {
  writeUint16(bytes, offset, value);
  writeUint16(bytes, offset + 2, value >>> 16);
}

/** Big endian, as TAI64N stamps are. */
export function writeUint32BigEndian(bytes: Uint8Array, offset: number, value: number): void {
  bytes[offset] = value >>> 24;
  bytes[offset + 1] = value >>> 16;
  bytes[offset + 2] = value >>> 8;
  bytes[offset + 3] = value;
}

/** A whole number below 2^53 in 8 bytes, big endian. */
export function writeUint64BigEndian(bytes: Uint8Array, offset: number, value: number): void {
  writeUint32BigEndian(bytes, offset, Math.floor(value / 0x1_0000_0000));
  writeUint32BigEndian(bytes, offset + 4, value);
}

/**
 * Whether two secrets or MACs are the same, in a time that depends on their lengths only, so that
 * an attacker cannot find a valid MAC byte by byte.
 */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= a[i] ^ b[i];
  return difference === 0;
}

/** Whether all bytes are zero, in a time that depends on the length only. */
export function isAllZero(bytes: Uint8Array): boolean {
  let union = 0;
  for (const byte of bytes) union |= byte;
  return union === 0;
}

/** Overwrites secrets that are no longer needed. */
export function wipeBytes(...secrets: readonly Uint8Array[]): void {
  for (const secret of secrets) secret.fill(0);
}

/**
 * A copy that stays where it is until it is wiped. V8 keeps small arrays on its own heap and moves them about,
 * and leaves what was there before for whoever looks; one over a buffer of its own it does not.
 */
export function pinnedBytes(source: Uint8Array): Uint8Array {
  const pinned = new Uint8Array(new ArrayBuffer(source.length));
  pinned.set(source);
  return pinned;
}

export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

/** The bytes of a label of the protocol, which are all ASCII. */
export function asciiBytes(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

const HEX_OF_BYTE = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** Lower case, two digits a byte. Peers and sources are looked up by it, so it is quick. */
export function toHex(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; i++) text += HEX_OF_BYTE[bytes[i]];
  return text;
}

/** The inverse of `toHex`, in either case; undefined where `text` is anything else. */
export function fromHex(text: string): Uint8Array | undefined {
  if (text.length % 2 !== 0 || /[^0-9a-f]/i.test(text)) return undefined;
  const bytes = new Uint8Array(text.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(text.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}
