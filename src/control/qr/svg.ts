/** A QR code as an SVG image: one path, one unit a module, so that it is sharp at any size. */
import type { QrMatrix } from './qr-matrix.ts';
import { QUIET_MODULES, sideOf } from './qr-matrix.ts';

export function svgText(matrix: QrMatrix): string {
  const side = sideOf(matrix);
  const path = matrix.map((row, index) => rowPath(row, index + QUIET_MODULES)).join('');
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${side} ${side}" shape-rendering="crispEdges">`,
    `<rect width="${side}" height="${side}" fill="#fff"/>`,
    `<path fill="#000" d="${path}"/>`,
    '</svg>\n',
  ].join('\n');
}

/** A rectangle for each run of dark modules. */
function rowPath(row: readonly boolean[], y: number): string {
  const runs: string[] = [];
  for (let start = row.indexOf(true); start !== -1; ) {
    const light = row.indexOf(false, start);
    const end = light === -1 ? row.length : light;
    runs.push(`M${start + QUIET_MODULES} ${y}h${end - start}v1h-${end - start}z`);
    start = light === -1 ? -1 : row.indexOf(true, light);
  }
  return runs.join('');
}
