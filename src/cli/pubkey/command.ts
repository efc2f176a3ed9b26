/** `awg-vpn pubkey`: the public key of a private key that comes on standard input. */
import { parseKey } from '../../control/config/values.ts';
import { nodeCrypto } from '../../crypto/node-crypto.ts';
import type { CliCommand, CliContext } from '../command.ts';
import { UsageError } from '../exit-code.ts';
import { keyText } from '../key-text.ts';

export const pubkey: CliCommand = {
  name: 'pubkey',
  summary: 'read a private key from standard input, print its public key',
  examples: [
    { line: 'awg-vpn pubkey < privatekey', explanation: 'what goes into the [Peer] section of the other end' },
  ],
  configure(command, context) {
    command.action(async () => {
      const value = await readInput(context);
      const privateKey = parseKey({ file: 'standard input', line: 0, key: '', value });
      context.stdout(keyText(nodeCrypto().loadPrivateKey(privateKey).publicKey));
    });
  },
};

/** BOUNDED: a key has 44 characters; the rest is room for white space. */
const MAX_INPUT_CHARACTERS = 1024;

async function readInput(context: CliContext): Promise<string> {
  let text = '';
  for await (const chunk of context.stdin) {
    text += chunk.toString();
    if (text.length > MAX_INPUT_CHARACTERS) throw new UsageError('standard input: is too long for a key');
  }
  return text.trim();
}
