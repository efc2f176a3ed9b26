/** `awg-vpn qr`: a configuration for the camera of a phone. */
import type { ConfigForm } from '../../control/convert-config.ts';
import type { CliCommand } from '../command.ts';
import { fromOption, readConfigSource } from '../config-source.ts';
import type { QrApp } from './qr-codes.ts';
import { appOption, imageName, qrCodes, showCodes, writeImages } from './qr-codes.ts';

interface QrOptions {
  readonly from?: ConfigForm;
  readonly for: QrApp;
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
      .addOption(appOption())
      .option('--name <text>', 'what AmneziaVPN calls the connection')
      .option('--output <file>', 'write an image, .png or .svg', imageName)
      .option('--invert', 'for a terminal with dark text on a light ground')
      .action(async (file: string, options: QrOptions) => {
        const config = await readConfigSource(file, options.from, context);
        const codes = qrCodes(config, options.for, options.name);
        if (options.output !== undefined) writeImages(codes, options.output, context);
        else showCodes(codes, options.invert === true, context);
      });
  },
};
