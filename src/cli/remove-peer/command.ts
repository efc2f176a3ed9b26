/** `awg-vpn remove-peer`: a client that may not come in any more. */
import { findClient } from '../../control/server/server-config.ts';
import type { CliCommand } from '../command.ts';
import { ServerFiles } from '../server/server-files.ts';
import { takeOver } from '../server/take-over.ts';

export const removePeer: CliCommand = {
  name: 'remove-peer',
  summary: 'remove a client from a server',
  examples: [
    { line: 'awg-vpn remove-peer wg0 phone', explanation: 'with the copy of its file' },
    { line: 'awg-vpn remove-peer wg0 <public key>', explanation: 'one without a name' },
  ],
  configure(command, context) {
    command
      .argument('<server>', 'name of the server, or path to its configuration file')
      .argument('<client>', 'name or public key of the client')
      .action(async (server: string, client: string) => {
        const files = await ServerFiles.find(server);
        await files.alone(() => removeClient(files, client));
        await takeOver(files.name, context);
      });
  },
};

function removeClient(files: ServerFiles, nameOrKey: string): void {
  const server = files.read();
  const { name, publicKey } = findClient(server, nameOrKey);
  files.write(server.document.withoutPeer(publicKey).text);
  // Names that others gave need not be such that a file could have them.
  if (name !== undefined && files.storedClients().includes(name)) files.forgetClient(name);
}
