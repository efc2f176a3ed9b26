/** A QR code for a terminal: two modules, one above the other, in one character. */
import type { QrMatrix } from './qr-matrix.ts';
import { isDark, sideOf } from './qr-matrix.ts';

/** By what is drawn: nothing, the lower half, the upper half, both. */
const BLOCKS = [' ', '▄', '▀', '█'] as const;

/**
 * Lines of half blocks, with line ends.
 *
 * @param inverted false draws light modules, for a terminal with light text on a dark ground; true draws
 *   dark modules, for dark text on a light ground
 */
export function terminalText(matrix: QrMatrix, inverted: boolean): string {
  const side = sideOf(matrix);
  const rows = Array.from({ length: Math.ceil(side / 2) }, (_, index) => index * 2);
  return rows.map((row) => `${textRow(matrix, row, side, inverted)}\n`).join('');
}

function textRow(matrix: QrMatrix, row: number, side: number, inverted: boolean): string {
  const isDrawn = (at: number, column: number): boolean => at < side && isDark(matrix, at, column) === inverted;
  return Array.from({ length: side }, (_, column) => {
    const upper = isDrawn(row, column) ? 2 : 0;
    const lower = isDrawn(row + 1, column) ? 1 : 0;
    return BLOCKS[upper + lower];
  }).join('');
}
