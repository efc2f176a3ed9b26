/** Reads QR codes back out of what our renderers made: pixels from each format, then a decoder of other people. */
import assert from 'node:assert/strict';
import { crc32, inflateSync } from 'node:zlib';
import jsqr from 'jsqr';

/** Rows of pixels, true is dark. */
export type Picture = readonly (readonly boolean[])[];

/** The text in the one code of a picture. */
export function readQr(picture: Picture): string {
  const scale = 4;
  const side = picture.length * scale;
  const pixels = new Uint8ClampedArray(side * side * 4).fill(255);
  for (let y = 0; y < side; y++)
    for (let x = 0; x < side; x++)
      if (picture[Math.floor(y / scale)]?.[Math.floor(x / scale)])
        pixels.fill(0, (y * side + x) * 4, (y * side + x) * 4 + 3);
  const code = decode(pixels, side, side, { inversionAttempts: 'dontInvert' });
  assert.ok(code !== null, 'no QR code found');
  return Buffer.from(code.binaryData).toString('utf8');
}

/** The package is CommonJS, whose only export Node.js gives as `default`, and its types say so twice. */
const decode = jsqr as unknown as typeof jsqr.default;

/** Characters that draw the upper half, or the lower. */
const UPPER = '▀█';
const LOWER = '▄█';

/** What a terminal would show: text is light on a dark ground, or dark on a light ground. */
export function terminalPicture(text: string, isTextDark: boolean): Picture {
  return text
    .replace(/\n$/, '')
    .split('\n')
    .flatMap((line) => [UPPER, LOWER].map((blocks) => line.split('').map((block) => blocks.includes(block))))
    .map((row) => row.map((isDrawn) => isDrawn === isTextDark));
}

/** Module by module, from paths like `M4 4h7v1h-7z`. */
export function svgPicture(svg: string): Picture {
  const side = Number(/viewBox="0 0 (\d+) \1"/.exec(svg)?.[1]);
  const rows = Array.from({ length: side }, () => new Array<boolean>(side).fill(false));
  for (const [, x, y, width] of svg.matchAll(/M(\d+) (\d+)h(\d+)v1h-\3z/g))
    rows[Number(y)]?.fill(true, Number(x), Number(x) + Number(width));
  return rows;
}

/** Greyscale of one bit, no filters, as RFC 2083 has it; the check sums have to be right. */
export function pngPicture(png: Buffer): Picture {
  assert.equal(png.subarray(0, 8).toString('latin1'), '\x89PNG\r\n\x1a\n');
  const chunks = pngChunks(png);
  assert.deepEqual([...chunks.keys()], ['IHDR', 'IDAT', 'IEND']);
  const header = chunks.get('IHDR') ?? Buffer.alloc(0);
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)];
  assert.equal(header.subarray(8).toString('hex'), '0100000000');
  const bytes = inflateSync(chunks.get('IDAT') ?? Buffer.alloc(0));
  const stride = 1 + Math.ceil(width / 8);
  assert.equal(bytes.length, stride * height);
  return Array.from({ length: height }, (_, y) => {
    const row = bytes.subarray(y * stride, (y + 1) * stride);
    assert.equal(row[0], 0);
    return Array.from({ length: width }, (_, x) => (((row[1 + (x >> 3)] ?? 0) >> (7 - (x & 7))) & 1) === 0);
  });
}

function pngChunks(png: Buffer): Map<string, Buffer> {
  const chunks = new Map<string, Buffer>();
  for (let at = 8; at < png.length; ) {
    const length = png.readUInt32BE(at);
    const body = png.subarray(at + 4, at + 8 + length);
    assert.equal(png.readUInt32BE(at + 8 + length), crc32(body));
    chunks.set(body.subarray(0, 4).toString('latin1'), body.subarray(4));
    at += 12 + length;
  }
  return chunks;
}
