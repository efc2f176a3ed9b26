/** `awg-vpn addconf`: a file on top of what a running tunnel is, as with `wg addconf`. */
import { addOperation } from '../../control/uapi/file-operation.ts';
import type { CliCommand } from '../command.ts';
import { applyingFile } from '../uapi/apply-file.ts';

export const addconf: CliCommand = {
  name: 'addconf',
  summary: 'add the settings and peers of a file to a running tunnel',
  examples: [{ line: 'awg-vpn addconf wg0 more-peers.conf', explanation: 'nothing goes that is not in the file' }],
  configure: applyingFile(addOperation),
};
