/** `awg-vpn genkey`: a new private key on standard output. */
import { nodeCrypto } from '../../crypto/node-crypto.ts';
import type { CliCommand } from '../command.ts';
import { keyText, warnWhenExposed } from '../key-text.ts';

export const genkey: CliCommand = {
  name: 'genkey',
  summary: 'print a new private key',
  examples: [
    { line: 'awg-vpn genkey | tee privatekey | awg-vpn pubkey > publickey', explanation: 'a key pair in two files' },
    { line: '(umask 077; awg-vpn genkey > privatekey)', explanation: 'a file that only you can read' },
  ],
  configure(command, context) {
    command.action(() => {
      warnWhenExposed(context);
      context.stdout(keyText(nodeCrypto().generateKeypair().rawPrivateKey));
    });
  },
};
