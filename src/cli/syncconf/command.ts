/** `awg-vpn syncconf`: as setconf, and peers that stay are not disturbed, as with `wg syncconf`. */
import { syncOperation } from '../../control/uapi/file-operation.ts';
import type { CliCommand } from '../command.ts';
import { applyingFile } from '../uapi/apply-file.ts';
import { readTunnel } from '../uapi/tunnel-sockets.ts';

export const syncconf: CliCommand = {
  name: 'syncconf',
  summary: 'make a running tunnel what a file says, by as few changes as that takes',
  examples: [
    { line: 'awg-vpn syncconf wg0 peers.conf', explanation: 'peers that stay keep what the file does not mention' },
  ],
  configure: applyingFile(async (file, socket) => syncOperation(file, await readTunnel(socket))),
};
