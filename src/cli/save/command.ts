/** `awg-vpn save`: a running tunnel's file becomes what the tunnel is. */
import { readConfigFile } from '../../control/config/file.ts';
import { saveTunnel } from '../../control/quick/save-tunnel.ts';
import type { RunningTunnel } from '../../control/quick/saved-config.ts';
import { runtimeDirectory, socketPath } from '../../control/runtime-directory.ts';
import { bytesFromJson } from '../../control/socket/byte-json.ts';
import { callControl } from '../../control/socket/control-client.ts';
import { ControlError } from '../../control/socket/control-error.ts';
import type { CliCommand, CliContext } from '../command.ts';

export const save: CliCommand = {
  name: 'save',
  summary: 'write the state of a running tunnel into its configuration file',
  examples: [
    { line: 'awg-vpn save wg0', explanation: 'peers and keys as they are now; comments and other lines stay' },
  ],
  configure(command, context) {
    command
      .argument('<name>', 'name of the tunnel, or path to its configuration file')
      .action((name: string) => runSave(name, context));
  },
};

async function runSave(nameOrPath: string, context: CliContext): Promise<void> {
  const { interfaceName, path } = await readConfigFile(nameOrPath);
  saveTunnel(path, await running(interfaceName, context));
}

async function running(name: string, { environment }: CliContext): Promise<RunningTunnel> {
  try {
    return bytesFromJson(
      await callControl(socketPath(runtimeDirectory(environment), name), 'running'),
    ) as RunningTunnel;
  } catch (error) {
    const isDown = error instanceof ControlError && error.code === 'not-running';
    throw isDown ? new ControlError('not-running', `no tunnel "${name}" is running`) : error;
  }
}
