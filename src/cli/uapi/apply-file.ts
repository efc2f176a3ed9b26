/** What setconf, addconf and syncconf have in common: a file, a running tunnel, and one operation. */
import { retriesFromEnvironment } from '../../control/config/resolve.ts';
import type { SourceModel } from '../../control/uapi/file-operation.ts';
import { withAddresses } from '../../control/uapi/file-operation.ts';
import { uapiSet } from '../../control/uapi/uapi-client.ts';
import type { CliCommand, CliContext } from '../command.ts';
import { readConfigSource } from '../config-source.ts';
import type { TunnelSocket } from './tunnel-sockets.ts';
import { findSocket } from './tunnel-sockets.ts';

type Operation = (file: SourceModel, socket: TunnelSocket) => readonly string[] | Promise<readonly string[]>;

/** Arguments and action of such a command. */
export function applyingFile(operation: Operation): CliCommand['configure'] {
  return (command, context) => {
    command
      .argument('<tunnel>', 'name of a running tunnel')
      .argument('<file>', 'what "showconf" and "strip" print; "-" for standard input')
      .action((name: string, path: string) => apply(name, path, operation, context));
  };
}

async function apply(name: string, path: string, operation: Operation, context: CliContext): Promise<void> {
  const socket = findSocket(name, context);
  const file = await readConfigSource(path, 'conf', context);
  const retries = retriesFromEnvironment(context.environment.WG_ENDPOINT_RESOLUTION_RETRIES);
  await uapiSet(socket.path, await operation(await withAddresses(file, { retries }), socket));
}
