/** `awg-vpn qr`: a configuration for the camera of a phone. */
import { InvalidArgumentError, Option } from 'commander';
import type { ConfigForm, ReadConfig } from '../../control/convert-config.ts';
import { splitSeries } from '../../control/links/qr-series.ts';
import { packLink } from '../../control/links/write-link.ts';
import { pngBytes } from '../../control/qr/png.ts';
import type { QrMatrix } from '../../control/qr/qr-matrix.ts';
import { qrMatrix } from '../../control/qr/qr-matrix.ts';
import { svgText } from '../../control/qr/svg.ts';
import { terminalText } from '../../control/qr/terminal.ts';
import type { CliCommand, CliContext } from '../command.ts';
import { fromOption, readConfigSource } from '../config-source.ts';
import { writeSecretFile } from '../secret-file.ts';

const APPS = ['wireguard', 'amneziavpn'] as const;

interface QrOptions {
  readonly from?: ConfigForm;
  readonly for: (typeof APPS)[number];
  readonly name?: string;
  readonly output?: string;
  readonly invert?: boolean;
}

export const qr: CliCommand = {
  name: 'qr',
  summary: 'show a configuration as QR code',
  examples: [
    { line: 'awg-vpn qr phone.conf', explanation: 'in the terminal, for the AmneziaWG and WireGuard apps' },
    {
      line: 'awg-vpn qr phone.conf --for amneziavpn',
      explanation: 'for AmneziaVPN, in several codes where one is too small',
    },
    { line: 'awg-vpn qr phone.conf --output phone.png', explanation: 'as an image that only you can read' },
  ],
  configure(command, context) {
    command
      .argument('<file>', 'the configuration in any form, - for standard input')
      .addOption(fromOption())
      .addOption(new Option('--for <app>', 'the app that will scan it').choices(APPS).default('wireguard'))
      .option('--name <text>', 'what AmneziaVPN calls the connection')
      .option('--output <file>', 'write an image, .png or .svg', imageName)
      .option('--invert', 'for a terminal with dark text on a light ground')
      .action(async (file: string, options: QrOptions) => {
        const config = await readConfigSource(file, options.from, context);
        const codes = qrTexts(config, options).map((text) => qrMatrix(text, config.source));
        if (options.output !== undefined) writeImages(codes, options.output, context);
        else showCodes(codes, options.invert === true, context);
      });
  },
};

/** The native apps read the file itself; AmneziaVPN reads a series, even of one. */
function qrTexts(config: ReadConfig, options: QrOptions): string[] {
  if (options.for === 'wireguard') return [config.text];
  const name = options.name === undefined ? {} : { name: options.name };
  return splitSeries(packLink({ ...config, ...name }, config.source), config.source);
}

function showCodes(codes: readonly QrMatrix[], inverted: boolean, context: CliContext): void {
  for (const [index, code] of codes.entries()) {
    if (codes.length > 1) context.stdout(`${index + 1} of ${codes.length}\n`);
    context.stdout(terminalText(code, inverted));
  }
}

/** One code has the name as given, several are numbered. */
function writeImages(codes: readonly QrMatrix[], output: string, context: CliContext): void {
  for (const [index, code] of codes.entries()) {
    const path = codes.length === 1 ? output : output.replace(/(\.\w+)$/, `-${index + 1}$1`);
    writeSecretFile(path, isPng(path) ? pngBytes(code) : svgText(code));
    context.stdout(`${path}\n`);
  }
}

function isPng(path: string): boolean {
  return path.toLowerCase().endsWith('.png');
}

function imageName(path: string): string {
  if (/\.(png|svg)$/i.test(path)) return path;
  throw new InvalidArgumentError('The name of the image has to end in .png or .svg.');
}
