/** `awg-vpn reload`: a running tunnel becomes what its file says now. */
import { interfaceNameOf } from '../../control/config/file.ts';
import { runtimeDirectory, socketPath } from '../../control/runtime-directory.ts';
import { callControl } from '../../control/socket/control-client.ts';
import { ControlError } from '../../control/socket/control-error.ts';
import type { CliCommand, CliContext } from '../command.ts';

/** Host names are asked again, and a name server may be slow. */
const TIMEOUT_MS = 60_000;

export const reload: CliCommand = {
  name: 'reload',
  summary: 'apply a changed configuration file to a running tunnel',
  examples: [
    { line: 'awg-vpn reload wg0', explanation: 'sessions and connections go on; a file with an error changes nothing' },
    { line: 'systemctl reload awg-vpn@wg0', explanation: 'the same, by the signal SIGHUP' },
  ],
  configure(command, context) {
    command
      .argument('<name>', 'name of the tunnel, or path to its configuration file')
      .action((name: string) => runReload(interfaceNameOf(name), context));
  },
};

async function runReload(name: string, context: CliContext): Promise<void> {
  try {
    const path = socketPath(runtimeDirectory(context.environment), name);
    await callControl(path, 'reload', { timeoutMilliseconds: TIMEOUT_MS });
  } catch (error) {
    if (!(error instanceof ControlError)) throw error;
    if (error.code === 'not-running') throw new ControlError('not-running', `no tunnel "${name}" is running`);
    throw error;
  }
}
