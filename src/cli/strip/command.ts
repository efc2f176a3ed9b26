/** `awg-vpn strip`: the part of a configuration that `wg setconf` and `awg setconf` read. */
import { readConfigFile } from '../../control/config/file.ts';
import { stripConfig } from '../../control/quick/strip-config.ts';
import type { CliCommand } from '../command.ts';
import { warnWhenExposed } from '../key-text.ts';

export const strip: CliCommand = {
  name: 'strip',
  summary: 'print a configuration without what only wg-quick and this program read',
  examples: [
    { line: 'awg-vpn strip wg0', explanation: 'keys and peers, without Address, DNS, hooks and the like' },
    { line: 'wg syncconf wg0 <(awg-vpn strip wg0)', explanation: 'for an interface that another program runs' },
  ],
  configure(command, context) {
    command
      .argument('<name>', 'name of a configuration, or path to a file that ends in .conf')
      .action(async (name: string) => {
        const { text, warnings } = await readConfigFile(name);
        for (const warning of warnings) context.stderr(`awg-vpn: warning: ${warning}\n`);
        warnWhenExposed(context);
        context.stdout(stripConfig(text));
      });
  },
};
