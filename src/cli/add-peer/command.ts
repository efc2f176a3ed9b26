/** `awg-vpn add-peer`: one more client of a server. */
import type { CliCommand, CliContext } from '../command.ts';
import type { ClientOptions } from '../server/client-options.ts';
import { addClientOptions, endpointOf, withOptions } from '../server/client-options.ts';
import type { ClientFormat } from '../server/client-output.ts';
import { formatOption, printClient, readClientText } from '../server/client-output.ts';
import { createClient } from '../server/create-client.ts';
import { ServerFiles } from '../server/server-files.ts';
import { takeOver } from '../server/take-over.ts';

interface AddPeerOptions extends ClientOptions {
  readonly format: ClientFormat;
}

export const addPeer: CliCommand = {
  name: 'add-peer',
  summary: 'add a client to a server',
  examples: [
    { line: 'awg-vpn add-peer wg0 phone', explanation: 'prints its file, a QR code and a link' },
    { line: 'awg-vpn add-peer wg0 laptop --format conf > laptop.conf', explanation: 'the file alone' },
    { line: 'awg-vpn add-peer wg0 guest --forget', explanation: 'keeps no copy of its private key' },
    { line: 'awg-vpn add-peer wg0 nas --allowed-ips 10.8.0.0/24', explanation: 'reaches the other clients only' },
  ],
  configure(command, context) {
    addClientOptions(
      command
        .argument('<server>', 'name of the server, or path to its configuration file')
        .argument('<client>', 'what to call the client, at most 15 characters')
        .addOption(formatOption().default('all')),
    ).action((server: string, client: string, options: AddPeerOptions) => runAddPeer(server, client, options, context));
  },
};

async function runAddPeer(server: string, name: string, options: AddPeerOptions, context: CliContext): Promise<void> {
  const files = await ServerFiles.find(server);
  const wishes = withOptions(files.readDefaults(), options);
  const endpoint = await endpointOf(wishes, context);
  const order = { name, wishes, endpoint, forget: options.forget === true };
  const text = await files.alone(() => createClient(files, order));
  printClient(readClientText(text, name, context), `${files.name} ${name}`, options.format, context);
  await takeOver(files.name, context);
}
