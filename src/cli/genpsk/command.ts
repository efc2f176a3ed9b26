/** `awg-vpn genpsk`: a new preshared key on standard output. */
import { randomBytes } from 'node:crypto';
import { KEY_BYTES } from '../../protocol/constants.ts';
import type { CliCommand } from '../command.ts';
import { keyText, warnWhenExposed } from '../key-text.ts';

export const genpsk: CliCommand = {
  name: 'genpsk',
  summary: 'print a new preshared key',
  examples: [{ line: '(umask 077; awg-vpn genpsk > presharedkey)', explanation: 'the same key goes to both ends' }],
  configure(command, context) {
    command.action(() => {
      warnWhenExposed(context);
      context.stdout(keyText(randomBytes(KEY_BYTES)));
    });
  },
};
