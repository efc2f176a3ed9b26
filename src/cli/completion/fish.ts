/** Completion for fish: one line for each thing that may follow. */
import type { Candidates, CommandWords, OptionWords } from './command-words.ts';
import type { Places } from './places.ts';

export function fishScript(program: CommandWords, places: Places): string {
  return [HEAD, namesFunctions(places), 'complete -c awg-vpn -f', ...commandLines(program), ''].join('\n');
}

const HEAD = `# fish completion for awg-vpn, made by "awg-vpn completion fish"

# Whether exactly these commands have been typed, and perhaps more behind them.
function __awg_vpn_in
    set -l words (commandline -opc)
    test (count $words) -gt (count $argv); or return 1
    for index in (seq (count $argv))
        set -l position (math $index + 1)
        test "$words[$position]" = "$argv[$index]"; or return 1
    end
end

# Whether nothing but these commands has been typed.
function __awg_vpn_after
    set -l words (commandline -opc)
    test (count $words) -eq (math (count $argv) + 1); and __awg_vpn_in $argv
end

function __awg_vpn_names
    for file in $argv
        string replace -r '.*/(.*)\\.[a-z]+$' '$1' -- $file
    end
end
`;

function namesFunctions({ configurations, tunnels }: Places): string {
  const files = configurations.map((directory) => `${directory}/*.conf`).join(' ');
  return `function __awg_vpn_configurations
    for file in ${files}
        __awg_vpn_names $file
    end
    set -l typed (commandline -ct)
    for file in "$typed"*.conf "$typed"*/
        echo $file
    end
end

function __awg_vpn_tunnels
    set -l directory ${tunnels}
    set -q AWG_VPN_RUNTIME_DIR; and set directory $AWG_VPN_RUNTIME_DIR
    for file in $directory/*.sock
        __awg_vpn_names $file
    end
end
`;
}

function commandLines(command: CommandWords): string[] {
  const { path, subcommands, options } = command;
  return [
    ...subcommands.map((child) => line(['__awg_vpn_after', ...path], ['-a', String(child.path.at(-1))], child.summary)),
    ...options.map((option) => optionLine(path, option)),
    ...command.arguments
      .map(({ candidates }) => candidatesWords(candidates))
      .flatMap((words) => argumentLine(path, words)),
    ...subcommands.flatMap(commandLines),
  ];
}

/** The options of the program itself are only looked for in front of a command. */
function optionLine(path: readonly string[], { flags, description, value }: OptionWords): string {
  const names = flags.flatMap((flag) => (flag.startsWith('--') ? ['-l', flag.slice(2)] : ['-s', flag.slice(1)]));
  const words =
    value === undefined ? [] : [value.candidates.kind === 'files' ? '-r' : '-x', ...candidatesWords(value.candidates)];
  return line([path.length === 0 ? '__awg_vpn_after' : '__awg_vpn_in', ...path], [...names, ...words], description);
}

function argumentLine(path: readonly string[], words: readonly string[]): string[] {
  return words.length === 0 ? [] : [line(['__awg_vpn_in', ...path], words)];
}

function candidatesWords(candidates: Candidates): string[] {
  switch (candidates.kind) {
    case 'words':
      return ['-a', quoted(candidates.words.join(' '))];
    case 'configurations':
      return ['-a', quoted('(__awg_vpn_configurations)')];
    case 'tunnels':
      return ['-a', quoted('(__awg_vpn_tunnels)')];
    case 'files':
      return ['-F'];
    case 'nothing':
      return [];
  }
}

function line(condition: readonly string[], words: readonly string[], description?: string): string {
  const tail = description === undefined ? [] : ['-d', quoted(description)];
  return ['complete', '-c', 'awg-vpn', '-n', quoted(condition.join(' ')), ...words, ...tail].join(' ');
}

function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}
