/** `awg-vpn showconf`: a running tunnel as a file for setconf, as `wg showconf` and `awg showconf` print it. */
import type { CliCommand } from '../command.ts';
import { warnWhenExposed } from '../key-text.ts';
import { findSocket, readTunnel } from '../uapi/tunnel-sockets.ts';
import { configText } from './config-text.ts';

export const showconf: CliCommand = {
  name: 'showconf',
  summary: 'print a running tunnel as a file for "setconf", with its secrets',
  examples: [{ line: '(umask 077; awg-vpn showconf wg0 > wg0.now)', explanation: 'what it is at this moment' }],
  configure(command, context) {
    command.argument('<tunnel>', 'name of a running tunnel').action(async (name: string) => {
      const text = configText(await readTunnel(findSocket(name, context)));
      warnWhenExposed(context);
      context.stdout(text);
    });
  },
};
