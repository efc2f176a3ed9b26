/** `awg-vpn completion`: the script by which a shell completes command lines of this program. */
import type { Command } from 'commander';
import { Argument } from 'commander';
import type { CliCommand } from '../command.ts';
import { bashScript } from './bash.ts';
import type { CommandWords } from './command-words.ts';
import { commandWords } from './command-words.ts';
import { fishScript } from './fish.ts';
import type { Places } from './places.ts';
import { PLACES } from './places.ts';
import { zshScript } from './zsh.ts';

export const SCRIPTS = { bash: bashScript, zsh: zshScript, fish: fishScript } as const satisfies Record<
  string,
  (program: CommandWords, places: Places) => string
>;

export type Shell = keyof typeof SCRIPTS;

export const completion: CliCommand = {
  name: 'completion',
  summary: 'print a script that lets a shell complete command lines',
  examples: [
    { line: 'source <(awg-vpn completion bash)', explanation: 'for this shell; put it into ~/.bashrc for all' },
    { line: 'awg-vpn completion zsh > ~/.zfunc/_awg-vpn', explanation: 'a directory of $fpath' },
    { line: 'awg-vpn completion fish > ~/.config/fish/completions/awg-vpn.fish', explanation: 'for every fish' },
  ],
  configure(command, context) {
    command
      .addArgument(new Argument('<shell>', 'the shell to complete in').choices(Object.keys(SCRIPTS)))
      .action((shell: Shell, _options: unknown, self: Command) => {
        if (self.parent !== null) context.stdout(SCRIPTS[shell](commandWords(self.parent), PLACES));
      });
  },
};
