/** `awg-vpn export`: a client's configuration once more, from the copy that its server keeps. */
import { CodecError } from '../../control/codec/codec-error.ts';
import { entryOf } from '../../control/codec/config-model.ts';
import { writeSecretFile } from '../../control/config/secret-file.ts';
import type { ReadConfig } from '../../control/convert-config.ts';
import { findClient } from '../../control/server/server-config.ts';
import type { CliCommand, CliContext } from '../command.ts';
import { UsageError } from '../exit-code.ts';
import type { QrApp } from '../qr/qr-codes.ts';
import { appOption, isImageName, qrCodes, showCodes, writeImages } from '../qr/qr-codes.ts';
import type { ClientFormat } from '../server/client-output.ts';
import { formatOption, linkText, printClient, readClientText } from '../server/client-output.ts';
import { ServerFiles } from '../server/server-files.ts';

interface ExportOptions {
  readonly format: ClientFormat;
  readonly for: QrApp;
  readonly output?: string;
  readonly invert?: boolean;
}

export const exportPeer: CliCommand = {
  name: 'export',
  summary: 'print the configuration of a client of a server',
  examples: [
    { line: 'awg-vpn export wg0 phone', explanation: 'its file' },
    {
      line: 'awg-vpn export wg0 phone --format qr',
      explanation: 'in the terminal, for the AmneziaWG and WireGuard apps',
    },
    { line: 'awg-vpn export wg0 phone --format link', explanation: 'a vpn:// link for AmneziaVPN' },
    { line: 'awg-vpn export wg0 phone --for amneziavpn --output phone.png', explanation: 'QR codes as images' },
  ],
  configure(command, context) {
    command
      .argument('<server>', 'name of the server, or path to its configuration file')
      .argument('<client>', 'name of the client')
      .addOption(formatOption().default('conf'))
      .addOption(appOption())
      .option('--output <file>', 'write a file that only you can read; a QR code where it ends in .png or .svg')
      .option('--invert', 'for a terminal with dark text on a light ground')
      .action(async (server: string, name: string, options: ExportOptions) => {
        const files = await ServerFiles.find(server);
        findClient(files.read(), name);
        const client = readClientText(files.readClient(name), name, context);
        requireKeys(client);
        const title = `${files.name} ${name}`;
        if (options.output !== undefined) writeClient(client, title, options.output, options, context);
        else if (options.format === 'qr') showCodes(codesOf(client, title, options), options.invert === true, context);
        else printClient(client, title, options.format, context);
      });
  },
};

function codesOf(client: ReadConfig, title: string, options: ExportOptions): ReturnType<typeof qrCodes> {
  return qrCodes(client, options.for, title);
}

function writeClient(
  client: ReadConfig,
  title: string,
  output: string,
  options: ExportOptions,
  context: CliContext,
): void {
  if (isImageName(output)) writeImages(codesOf(client, title, options), output, context);
  else if (options.format === 'link') writeSecretFile(output, linkText(client, title, context));
  else if (options.format === 'conf') writeSecretFile(output, client.text);
  else throw new UsageError('--output takes one form: --format conf or link, or a name that ends in .png or .svg');
}

/** What is kept may have been edited by hand. */
function requireKeys({ model, source }: ReadConfig): void {
  if (entryOf(model.interface, 'PrivateKey') !== undefined) return;
  throw new CodecError('incomplete', source, 'has no PrivateKey');
}
