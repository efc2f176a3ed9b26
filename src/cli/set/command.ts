/** `awg-vpn set`: single settings of a running tunnel, in the words of `wg set` and `awg set`. */
import { uapiSet } from '../../control/uapi/uapi-client.ts';
import type { CliCommand } from '../command.ts';
import { findSocket } from '../uapi/tunnel-sockets.ts';
import { settingsOperation } from './settings.ts';

export const set: CliCommand = {
  name: 'set',
  summary: 'change settings and peers of a running tunnel, all of them or none',
  examples: [
    { line: 'awg-vpn set wg0 listen-port 51820 fwmark off', explanation: 'nobody loses a session' },
    {
      line: 'awg-vpn set wg0 private-key ./new.key',
      explanation: 'keys come from files; an empty one removes the key',
    },
    {
      line: 'awg-vpn set wg0 peer KEY endpoint vpn.example.net:51820 persistent-keepalive 25',
      explanation: 'a peer, added where there is none',
    },
    {
      line: 'awg-vpn set wg0 peer KEY allowed-ips 10.8.0.7/32,fd00::7/128',
      explanation: 'in the place of those that it had',
    },
    { line: 'awg-vpn set wg0 peer KEY allowed-ips +10.9.0.0/24,-10.8.0.0/24', explanation: 'one more, one less' },
    { line: 'awg-vpn set wg0 peer KEY remove', explanation: 'and its session with it' },
    { line: 'awg-vpn set wg0 jc 4 jmin 40 jmax 70', explanation: 'AWG parameters; the others stay' },
  ],
  configure(command, context) {
    command
      // Prefixes to remove look like options.
      .allowUnknownOption()
      .argument('<tunnel>', 'name of a running tunnel')
      .argument('<setting...>', 'names and values; what follows "peer KEY" is about that peer')
      .action(async (name: string, settings: readonly string[]) => {
        const socket = findSocket(name, context);
        await uapiSet(socket.path, await settingsOperation(settings, context));
      });
  },
};
