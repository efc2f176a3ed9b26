/**
 * The outer layers of an AmneziaVPN link (share link facts 1.1, 1.2): base64url around Qt's qCompress,
 * which is four bytes of length and a zlib stream. Everything here may come from a stranger.
 */
import { deflateSync, inflateSync } from 'node:zlib';
import { CodecError } from '../codec/codec-error.ts';

export const LINK_PREFIX = 'vpn://';

/** BOUNDED: what a small link may unpack to. The largest honest ones, servers with all their containers, have some 100 kB. */
export const MAX_UNPACKED_BYTES = 4 * 1024 * 1024;

/** As AmneziaVPN compresses; readers take any level. */
const LEVEL = 8;

const LENGTH_BYTES = 4;

/** Qt's qCompress: the length, big-endian, then a zlib stream (RFC 1950). */
export function pack(bytes: Uint8Array): Buffer {
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, deflateSync(bytes, { level: LEVEL })]);
}

/**
 * Qt's qUncompress. The length is only a hint, as it is to Qt.
 *
 * @returns undefined for what never was compressed
 * @throws CodecError 'too-large', or 'damaged-link' where the zlib stream begins well and then breaks
 */
export function unpack(bytes: Uint8Array, source: string): Buffer | undefined {
  const stream = bytes.subarray(LENGTH_BYTES);
  if (!beginsLikeZlib(stream)) return undefined;
  try {
    return inflateSync(stream, { maxOutputLength: MAX_UNPACKED_BYTES });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE')
      throw new CodecError('too-large', source, `unpacks to more than ${MAX_UNPACKED_BYTES} bytes`);
    throw new CodecError(
      'damaged-link',
      source,
      'is a link of which something is missing or changed; copy all of it again',
    );
  }
}

/** Method 8, and the check bits of the two first bytes (RFC 1950 2.2). */
function beginsLikeZlib([method = 0, flags = 0]: Uint8Array): boolean {
  return (method & 0x0f) === 8 && ((method << 8) | flags) % 31 === 0;
}

/** As leniently as AmneziaVPN: whatever is no digit is skipped, padding too. The digits of plain base64 count as well. */
export function fromBase64Url(text: string): Buffer {
  return Buffer.from(text.replaceAll(/[^A-Za-z0-9_+/-]/g, ''), 'base64url');
}

export function toBase64Url(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url');
}
