/** `awg-vpn down`: ends a tunnel, or removes what a killed one has left. */
import { interfaceNameOf } from '../../control/config/file.ts';
import { runtimeDirectory } from '../../control/runtime-directory.ts';
import { stopTunnel } from '../../control/stop-tunnel.ts';
import type { CliCommand } from '../command.ts';

export const down: CliCommand = {
  name: 'down',
  summary: 'stop a running tunnel, or clean up after one that was killed',
  examples: [
    { line: 'awg-vpn down wg0', explanation: 'returns when interface, routes and rules are gone' },
    { line: 'awg-vpn down ./office.conf', explanation: 'by the same path as at "up"' },
  ],
  configure(command, context) {
    command
      .argument('<tunnel>', 'name of the tunnel, or path to its configuration file')
      .action(async (name: string) => {
        const tunnel = interfaceNameOf(name);
        const onWarning = (warning: string): void => context.stderr(`awg-vpn: warning: ${warning}\n`);
        const result = await stopTunnel(runtimeDirectory(context.environment), tunnel, { onWarning });
        if (result === 'recovered')
          context.stderr(`awg-vpn: tunnel "${tunnel}" had been killed; its traces are removed\n`);
      });
  },
};
