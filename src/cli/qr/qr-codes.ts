/** QR codes of a configuration on their way to a terminal or into images. */
import { InvalidArgumentError, Option } from 'commander';
import { writeSecretFile } from '../../control/config/secret-file.ts';
import type { ReadConfig } from '../../control/convert-config.ts';
import { splitSeries } from '../../control/links/qr-series.ts';
import { packLink } from '../../control/links/write-link.ts';
import { pngBytes } from '../../control/qr/png.ts';
import type { QrMatrix } from '../../control/qr/qr-matrix.ts';
import { qrMatrix } from '../../control/qr/qr-matrix.ts';
import { svgText } from '../../control/qr/svg.ts';
import { terminalText } from '../../control/qr/terminal.ts';
import type { CliContext } from '../command.ts';

const APPS = ['wireguard', 'amneziavpn'] as const;
export type QrApp = (typeof APPS)[number];

export function appOption(): Option {
  return new Option('--for <app>', 'the app that will scan it').choices(APPS).default('wireguard');
}

/**
 * The native apps read the file itself; AmneziaVPN reads a series, even of one.
 *
 * @param name what AmneziaVPN calls the connection
 * @throws CodecError 'qr-too-long'
 */
export function qrCodes(config: ReadConfig, app: QrApp, name: string | undefined): QrMatrix[] {
  const named = name === undefined ? config : { ...config, name };
  const texts = app === 'wireguard' ? [config.text] : splitSeries(packLink(named, config.source), config.source);
  return texts.map((text) => qrMatrix(text, config.source));
}

export function showCodes(codes: readonly QrMatrix[], inverted: boolean, context: CliContext): void {
  for (const [index, code] of codes.entries()) {
    if (codes.length > 1) context.stdout(`${index + 1} of ${codes.length}\n`);
    context.stdout(terminalText(code, inverted));
  }
}

/** One code has the name as given, several are numbered. */
export function writeImages(codes: readonly QrMatrix[], output: string, context: CliContext): void {
  for (const [index, code] of codes.entries()) {
    const path = codes.length === 1 ? output : output.replace(/(\.\w+)$/, `-${index + 1}$1`);
    writeSecretFile(path, isPng(path) ? pngBytes(code) : svgText(code));
    context.stdout(`${path}\n`);
  }
}

function isPng(path: string): boolean {
  return path.toLowerCase().endsWith('.png');
}

export function isImageName(path: string): boolean {
  return /\.(png|svg)$/i.test(path);
}

/** For commander. */
export function imageName(path: string): string {
  if (isImageName(path)) return path;
  throw new InvalidArgumentError('The name of the image has to end in .png or .svg.');
}
