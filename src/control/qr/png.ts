/** A QR code as a PNG image (RFC 2083): greyscale, one bit a pixel. */
import { crc32, deflateSync } from 'node:zlib';
import type { QrMatrix } from './qr-matrix.ts';
import { isDark, sideOf } from './qr-matrix.ts';

const SIGNATURE = Buffer.from('89504e470d0a1a0a', 'hex');

/** Pixels on one side of a module. */
const SCALE = 8;

/** No filter for a row of pixels (RFC 2083 6.1). */
const FILTER_NONE = 0;

export function pngBytes(matrix: QrMatrix): Buffer {
  const side = sideOf(matrix);
  const rows = Array.from({ length: side }, (_, row) => pixelRow(matrix, row, side));
  const pixels = Buffer.concat(rows.flatMap((row) => new Array<Buffer>(SCALE).fill(row)));
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', header(side * SCALE)),
    chunk('IDAT', deflateSync(pixels, { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** Width, height, bit depth 1, greyscale, and the only compression, filtering and order that we use, all 0. */
function header(pixels: number): Buffer {
  const bytes = Buffer.alloc(13);
  bytes.writeUInt32BE(pixels, 0);
  bytes.writeUInt32BE(pixels, 4);
  bytes[8] = 1;
  return bytes;
}

/** A byte holds one module, as that is SCALE pixels wide; light is white, which is 1. */
function pixelRow(matrix: QrMatrix, row: number, side: number): Buffer {
  const modules = Array.from({ length: side }, (_, column) => (isDark(matrix, row, column) ? 0x00 : 0xff));
  return Buffer.from([FILTER_NONE, ...modules]);
}

function chunk(type: string, data: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, checksum]);
}
