/** Completion for bash: tables made from the commands, and one function that walks the line along them. */
import type { Candidates, CommandWords } from './command-words.ts';
import type { Places } from './places.ts';

export function bashScript(program: CommandWords, places: Places): string {
  return [HEAD, namesFunction(places), ...tables(program), WALK].join('\n');
}

const HEAD = `# bash completion for awg-vpn, made by "awg-vpn completion bash"
`;

function namesFunction({ configurations, tunnels }: Places): string {
  const files = configurations.map((directory) => `${directory}/*.conf`).join(' ');
  return `_awg_vpn_names() {
  local file
  for file in "$@"; do
    file=\${file##*/}
    [[ $file == '*.'* ]] || printf '%s\\n' "\${file%.*}"
  done
}

_awg_vpn_configurations() { _awg_vpn_names ${files}; }
_awg_vpn_tunnels() { _awg_vpn_names "\${AWG_VPN_RUNTIME_DIR:-${tunnels}}"/*.sock; }
`;
}

/** Each a \`case\` over the commands so far, separated by blanks: what may follow them. */
function tables(program: CommandWords): string[] {
  const all = flatten(program);
  return [
    table('commands', '"$1"', all.map(commandsRow)),
    table('options', '"$1"', all.map(optionsRow)),
    table('value', '"$1 $2"', all.flatMap(valueRows)),
    table('argument', '"$1 $2"', all.flatMap(argumentRows)),
  ];
}

function flatten(command: CommandWords): CommandWords[] {
  return [command, ...command.subcommands.flatMap(flatten)];
}

function table(name: string, subject: string, rows: ReadonlyArray<string | undefined>): string {
  const lines = rows.filter((row) => row !== undefined).map((row) => `    ${row} ;;`);
  return [`_awg_vpn_${name}() {`, `  case ${subject} in`, ...lines, '  esac', '}', ''].join('\n');
}

function commandsRow({ path, subcommands }: CommandWords): string | undefined {
  if (subcommands.length === 0) return undefined;
  return `${key(path)}) echo ${subcommands.map((child) => child.path.at(-1)).join(' ')}`;
}

function optionsRow({ path, options }: CommandWords): string {
  return `${key(path)}) echo ${options.flatMap(({ flags }) => flags).join(' ')}`;
}

function valueRows({ path, options }: CommandWords): string[] {
  return options.flatMap(({ flags, value }) => {
    if (value === undefined) return [];
    const patterns = flags.map((flag) => key([...path, flag], path.length === 0)).join('|');
    return [`${patterns}) echo ${source(value.candidates)}`];
  });
}

/** A variadic argument takes whatever follows. */
function argumentRows(command: CommandWords): string[] {
  return command.arguments.map(({ candidates, isVariadic }, index) => {
    const pattern = isVariadic ? `'${command.path.join(' ')} '*` : `'${command.path.join(' ')} ${index}'`;
    return `${pattern}) echo ${source(candidates)}`;
  });
}

function key(words: readonly string[], isOfProgram = false): string {
  return `'${isOfProgram ? ' ' : ''}${words.join(' ')}'`;
}

function source(candidates: Candidates): string {
  return candidates.kind === 'words' ? `words ${candidates.words.join(' ')}` : candidates.kind;
}

const WALK = `_awg_vpn_complete() {
  local kind=$1 cur=$2
  shift 2
  case $kind in
    words) mapfile -t COMPREPLY < <(compgen -W "$*" -- "$cur") ;;
    tunnels) mapfile -t COMPREPLY < <(compgen -W "$(_awg_vpn_tunnels)" -- "$cur") ;;
    files) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$cur") ;;
    configurations)
      compopt -o filenames 2>/dev/null
      mapfile -t COMPREPLY < <(
        compgen -W "$(_awg_vpn_configurations)" -- "$cur"
        compgen -f -X '!*.conf' -- "$cur"
        compgen -d -- "$cur"
      ) ;;
  esac
}

_awg_vpn() {
  local cur=\${COMP_WORDS[COMP_CWORD]} path= expected= position=0 word index
  COMPREPLY=()
  for ((index = 1; index < COMP_CWORD; index++)); do
    word=\${COMP_WORDS[index]}
    if [[ $word == '=' ]]; then
      continue
    elif [[ -n $expected ]]; then
      expected=
    elif [[ $word == -* ]]; then
      expected=$(_awg_vpn_value "$path" "$word")
    elif ((position == 0)) && [[ " $(_awg_vpn_commands "$path") " == *" $word "* ]]; then
      path+=\${path:+ }$word
    else
      ((++position))
    fi
  done
  [[ $cur == '=' ]] && cur=
  if [[ -n $expected ]]; then
    _awg_vpn_complete \${expected%% *} "$cur" \${expected#* }
  elif [[ $cur == -* ]]; then
    _awg_vpn_complete words "$cur" $(_awg_vpn_options "$path")
  elif ((position == 0)) && [[ -n $(_awg_vpn_commands "$path") ]]; then
    _awg_vpn_complete words "$cur" $(_awg_vpn_commands "$path")
  else
    expected=$(_awg_vpn_argument "$path" "$position")
    _awg_vpn_complete "\${expected%% *}" "$cur" \${expected#* }
  fi
}

complete -F _awg_vpn awg-vpn
`;
