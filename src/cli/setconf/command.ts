/** `awg-vpn setconf`: a running tunnel becomes what a file says, as with `wg setconf`. */
import { setOperation } from '../../control/uapi/file-operation.ts';
import type { CliCommand } from '../command.ts';
import { applyingFile } from '../uapi/apply-file.ts';

export const setconf: CliCommand = {
  name: 'setconf',
  summary: 'replace keys, port, mark and peers of a running tunnel by those of a file',
  examples: [
    {
      line: 'awg-vpn setconf wg0 peers.conf',
      explanation: 'all peers go, and those of the file begin anew; see syncconf',
    },
    {
      line: 'awg-vpn strip wg0 | awg-vpn setconf wg0 -',
      explanation: 'from the file of "up"; "reload" takes routes along',
    },
  ],
  configure: applyingFile(setOperation),
};
