/** `awg-vpn convert`: a configuration in another form. */
import { Option } from 'commander';
import { writeSecretFile } from '../../control/config/secret-file.ts';
import type { ConfigForm } from '../../control/convert-config.ts';
import { CONFIG_FORMS, writeConfigForm } from '../../control/convert-config.ts';
import type { CliCommand } from '../command.ts';
import { fromOption, readConfigSource, reportTo } from '../config-source.ts';
import { warnWhenExposed } from '../key-text.ts';

interface ConvertOptions {
  readonly from?: ConfigForm;
  readonly to: ConfigForm;
  readonly name?: string;
  readonly output?: string;
  readonly hooks?: boolean;
}

export const convert: CliCommand = {
  name: 'convert',
  summary: 'turn a configuration into another form',
  examples: [
    { line: 'awg-vpn convert --to link phone.conf', explanation: 'a vpn:// link for AmneziaVPN' },
    { line: 'awg-vpn convert --to conf --output home.conf - < link.txt', explanation: 'the file inside of a link' },
    { line: 'awg-vpn convert --to json home.conf', explanation: 'for programs' },
    { line: 'awg-vpn convert --to uapi home.conf', explanation: 'for a control socket' },
  ],
  configure(command, context) {
    command
      .argument('<file>', 'the configuration, - for standard input')
      .addOption(fromOption())
      .addOption(new Option('--to <form>', 'form of the output').choices(CONFIG_FORMS).makeOptionMandatory())
      .option('--name <text>', 'what AmneziaVPN calls the connection of a link')
      .option('--output <file>', 'write a file that only you can read, instead of standard output')
      .option('--hooks', 'keep PostUp and the like of a link too, which comes from somebody else')
      .action(async (file: string, { from, to, name, output, hooks }: ConvertOptions) => {
        const config = await readConfigSource(file, from, context, hooks);
        const text = writeConfigForm(to, config, reportTo(context), name === undefined ? {} : { name });
        if (output !== undefined) return writeSecretFile(output, text);
        warnWhenExposed(context);
        context.stdout(text);
      });
  },
};
