/** A QR code (ISO/IEC 18004) as a square of modules, which the renderers beside this file draw. */
import { encode } from 'uqr';
import { CodecError } from '../codec/codec-error.ts';

/** Module by module, row by row; true is dark. Without a quiet zone. */
export type QrMatrix = readonly (readonly boolean[])[];

/** Light modules on every side that a reader relies on (ISO/IEC 18004 5.3.8). */
export const QUIET_MODULES = 4;

/**
 * The smallest code that holds the text as UTF-8, with the lowest error correction: a screen shows no dirt, and
 * small codes are read from further away.
 *
 * @param source for the message
 * @throws CodecError 'qr-too-long'
 */
export function qrMatrix(text: string, source: string): QrMatrix {
  const bytes = Buffer.from(text, 'utf8');
  if (bytes.length > MOST_BYTES)
    throw new CodecError('qr-too-long', source, `has ${bytes.length} bytes; one QR code holds ${MOST_BYTES}`);
  return encode([...bytes], { ecc: 'L', boostEcc: false, border: 0 }).data;
}

/** Version 40 with error correction L in byte mode (ISO/IEC 18004 table 7). */
const MOST_BYTES = 2953;

/** Dark or light at any place, the quiet zone included: rows and columns count from its corner. */
export function isDark(matrix: QrMatrix, row: number, column: number): boolean {
  return matrix[row - QUIET_MODULES]?.[column - QUIET_MODULES] ?? false;
}

/** Modules on one side, with the quiet zone. */
export function sideOf(matrix: QrMatrix): number {
  return matrix.length + 2 * QUIET_MODULES;
}
