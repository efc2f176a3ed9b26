/** Completion for zsh: a function for each command, which hands its options and arguments to `_arguments`. */
import type { ArgumentWords, Candidates, CommandWords, OptionWords } from './command-words.ts';
import type { Places } from './places.ts';

export function zshScript(program: CommandWords, places: Places): string {
  return [HEAD, namesFunctions(places), ...commandFunctions(program), FOOT].join('\n');
}

const HEAD = `#compdef awg-vpn
# zsh completion for awg-vpn, made by "awg-vpn completion zsh"
`;

function namesFunctions({ configurations, tunnels }: Places): string {
  const files = configurations.map((directory) => `${directory}/*.conf(N:t:r)`).join(' ');
  return `_awg_vpn_configurations() {
  local -aU names=(${files})
  compadd -a names
  _files -g '*.conf'
}

_awg_vpn_tunnels() {
  local -a names=("\${AWG_VPN_RUNTIME_DIR:-${tunnels}}"/*.sock(N:t:r))
  compadd -a names
}
`;
}

/** The function of a command comes after those of its subcommands. */
function commandFunctions(command: CommandWords): string[] {
  return [...command.subcommands.flatMap(commandFunctions), commandFunction(command)];
}

function commandFunction(command: CommandWords): string {
  const options = command.options.map(optionSpec);
  if (command.subcommands.length === 0) {
    return functionOf(command.path, argumentsCall('', [...options, ...command.arguments.map(argumentSpec)]));
  }
  const commands = command.subcommands.map(
    ({ path, summary }) => `    ${quoted(`${path.at(-1)}:${escaped(summary)}`)}`,
  );
  const cases = command.subcommands.map(({ path }) => `      ${path.at(-1)}) ${functionName(path)} ;;`);
  const body = [
    '  local curcontext=$curcontext state line',
    argumentsCall('-C ', [...options, "'1:command:->command'", "'*::argument:->argument'"]),
    '  local -a commands=(',
    ...commands,
    '  )',
    '  case $state in',
    '    command) _describe command commands ;;',
    '    argument) case $words[1] in',
    ...cases,
    '    esac ;;',
    '  esac',
  ];
  return functionOf(command.path, body.join('\n'));
}

function functionOf(path: readonly string[], body: string): string {
  return `${functionName(path)}() {\n${body}\n}\n`;
}

function functionName(path: readonly string[]): string {
  return ['_awg_vpn', ...path].join('_');
}

function argumentsCall(flags: string, specs: readonly string[]): string {
  return `  _arguments ${flags}-s -S \\\n${specs.map((spec) => `    ${spec}`).join(' \\\n')}`;
}

/** `'(-V --version)'{-V,--version}'[print the version]'`; an option with a value takes it after `=` or a blank. */
function optionSpec({ flags, description, value }: OptionWords): string {
  const text = `[${escaped(description)}]${value === undefined ? '' : `:${value.name}:${action(value.candidates)}`}`;
  const names = flags.map((flag) => (value !== undefined && flag.startsWith('--') ? `${flag}=` : flag));
  if (names.length === 1) return quoted(`${names[0]}${text}`);
  return `${quoted(`(${flags.join(' ')})`)}{${names.join(',')}}${quoted(text)}`;
}

function argumentSpec({ name, isVariadic, candidates }: ArgumentWords): string {
  return quoted(`${isVariadic ? '*' : ''}:${escaped(name)}:${action(candidates)}`);
}

function action(candidates: Candidates): string {
  switch (candidates.kind) {
    case 'words':
      return `(${candidates.words.join(' ')})`;
    case 'configurations':
      return '_awg_vpn_configurations';
    case 'tunnels':
      return '_awg_vpn_tunnels';
    case 'files':
      return '_files';
    case 'nothing':
      return '';
  }
}

/** For `_arguments` and `_describe`, to which colons and brackets mean something. */
function escaped(text: string): string {
  return text.replace(/[\\:[\]]/g, '\\$&');
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** Both ways to use it: as a file of $fpath, and sourced. */
const FOOT = `if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
  _awg_vpn "$@"
else
  compdef _awg_vpn awg-vpn
fi
`;
