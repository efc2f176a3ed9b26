/** `awg-vpn list`: the clients of a server. */
import type { TunnelReport } from '../../control/report.ts';
import { runtimeDirectory, socketPath } from '../../control/runtime-directory.ts';
import { callControl } from '../../control/socket/control-client.ts';
import { ControlError } from '../../control/socket/control-error.ts';
import { formatPrefix } from '../../protocol/address-text.ts';
import type { CliCommand, CliContext } from '../command.ts';
import { ServerFiles } from '../server/server-files.ts';
import type { ListedClient } from './table.ts';
import { renderClients } from './table.ts';

export const list: CliCommand = {
  name: 'list',
  summary: 'list the clients of a server',
  examples: [
    { line: 'awg-vpn list wg0', explanation: 'with what they last did, where the server runs' },
    { line: 'awg-vpn list wg0 --json', explanation: 'for programs' },
  ],
  configure(command, context) {
    command
      .argument('<server>', 'name of the server, or path to its configuration file')
      .option('--json', 'print JSON')
      .action(async (server: string, options: { readonly json?: boolean }) => {
        const clients = await listClients(await ServerFiles.find(server), context);
        if (options.json === true) context.stdout(`${JSON.stringify(clients, null, 2)}\n`);
        else context.stdout(renderClients(clients, Date.now()));
      });
  },
};

async function listClients(files: ServerFiles, context: CliContext): Promise<ListedClient[]> {
  const stored = new Set(files.storedClients());
  const report = await reportOf(files.name, context);
  const running = new Map(report?.peers.map((peer) => [peer.publicKey, peer]));
  return files.read().clients.map(({ name, publicKey, allowedIps }) => {
    const peer = running.get(publicKey);
    return {
      name: name ?? null,
      publicKey,
      allowedIps: allowedIps.map(formatPrefix),
      stored: name !== undefined && stored.has(name),
      endpoint: peer?.endpoint ?? null,
      latestHandshake: peer?.latestHandshake ?? null,
      receivedBytes: peer?.receivedBytes ?? null,
      sentBytes: peer?.sentBytes ?? null,
    };
  });
}

/** Undefined where the tunnel does not run, or does not run for this user. */
async function reportOf(name: string, context: CliContext): Promise<TunnelReport | undefined> {
  try {
    return (await callControl(socketPath(runtimeDirectory(context.environment), name), 'show')) as TunnelReport;
  } catch (error) {
    if (!(error instanceof ControlError)) throw error;
    if (error.code !== 'not-running') context.stderr(`awg-vpn: warning: ${error.message}\n`);
    return undefined;
  }
}
