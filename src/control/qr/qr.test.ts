import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pngPicture, readQr, svgPicture, terminalPicture } from '../../../test/support/qr-reader.ts';
import { pngBytes } from './png.ts';
import { QUIET_MODULES, qrMatrix } from './qr-matrix.ts';
import { svgText } from './svg.ts';
import { terminalText } from './terminal.ts';

const TEXT = `[Interface]
PrivateKey = AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHl8=
Address = 10.8.0.2/32
I1 = <b 0xc0ff><r 16>
# für Zoë ✓
[Peer]
PublicKey = QEFCQ0RFRkdISUpLTE1OT1BRUlNUVVZXWFlaW1xdXl8=
`;

test('a camera reads from each rendering what was written', () => {
  const matrix = qrMatrix(TEXT, 'x');
  for (const picture of [
    terminalPicture(terminalText(matrix, false), false),
    terminalPicture(terminalText(matrix, true), true),
    svgPicture(svgText(matrix)),
  ])
    assert.equal(readQr(picture), TEXT);
  const pixels = pngPicture(pngBytes(matrix));
  assert.equal(readQr(pixels.filter((_, y) => y % 8 === 0).map((row) => row.filter((_, x) => x % 8 === 0))), TEXT);
  assert.ok(pixels.every((row, y) => row.every((isDark, x) => isDark === pixels[y - (y % 8)]?.[x - (x % 8)])));
});

test('short and long texts, up to the largest code', () => {
  for (const [text, side] of [
    ['1', 21],
    ['HELLO', 21],
    ['x'.repeat(500), 77],
    ['y'.repeat(2953), 177],
  ] as const) {
    const matrix = qrMatrix(text, 'x');
    assert.equal(matrix.length, side);
    assert.equal(readQr(svgPicture(svgText(matrix))), text);
  }
  assert.throws(() => qrMatrix('z'.repeat(2954), 'long.conf'), {
    code: 'qr-too-long',
    message: 'long.conf: has 2954 bytes; one QR code holds 2953',
  });
  assert.throws(() => qrMatrix('ä'.repeat(1477), 'x'), { code: 'qr-too-long' });
});

test('four light modules surround a code in each rendering', () => {
  const matrix = qrMatrix(TEXT, 'x');
  for (const picture of [
    terminalPicture(terminalText(matrix, false), false),
    svgPicture(svgText(matrix)),
    pngPicture(pngBytes(matrix))
      .filter((_, y) => y % 8 === 0)
      .map((row) => row.filter((_, x) => x % 8 === 0)),
  ]) {
    const width = matrix.length + 2 * QUIET_MODULES;
    const isQuiet = (at: number): boolean => at < QUIET_MODULES || at >= width - QUIET_MODULES;
    const dark = picture
      .slice(0, width)
      .flatMap((row, y) => row.flatMap((isDark, x) => (isDark ? [[x, y] as const] : [])));
    assert.deepEqual(
      dark.filter(([x, y]) => isQuiet(x) || isQuiet(y)),
      [],
    );
    assert.deepEqual([dark[0], picture[0]?.length], [[QUIET_MODULES, QUIET_MODULES], width]);
  }
});

test('in a terminal, drawn is what is light, or dark where that is asked for', () => {
  const matrix = qrMatrix('x', 'x');
  const [light, dark] = [terminalText(matrix, false), terminalText(matrix, true)];
  assert.match(light.split('\n')[0] ?? '', /^█+$/);
  assert.match(dark.split('\n')[0] ?? '', /^ +$/);
  assert.equal(light.split('\n').length, Math.ceil((matrix.length + 8) / 2) + 1);
});
