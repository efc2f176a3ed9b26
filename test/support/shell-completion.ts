/** What real shells offer for a command line of ours: each asked in its own way. */
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Shell } from '../../src/cli/completion/command.ts';
import { run } from './command.ts';

export interface CompletionQuestion {
  /** File with the completion script; files of the shell lie beside it. */
  readonly script: string;
  /** Up to the cursor. */
  readonly line: string;
  /** Where relative paths begin. */
  readonly directory: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** The candidates, sorted. */
export async function complete(shell: Shell, question: CompletionQuestion): Promise<string[]> {
  const output = await ASK[shell](question);
  return [...new Set(output.split(/\r?\n/).filter((line) => line !== ''))].sort();
}

const ASK: Readonly<Record<Shell, (question: CompletionQuestion) => Promise<string>>> = {
  bash: askBash,
  zsh: askZsh,
  fish: askFish,
};

/** As readline does: the line is broken at blanks and at `=`, the function is called, COMPREPLY is the answer. */
function askBash({ script, line, directory, environment }: CompletionQuestion): Promise<string> {
  const words = line.split(/(=)| +/).filter((word) => word !== undefined && word !== '');
  if (/[ =]$/.test(line)) words.push('');
  const program = `source "$1"; cd "$2"; shift 2; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
_awg_vpn; printf '%s\\n' "\${COMPREPLY[@]}"`;
  return run('bash', ['--norc', '-c', program, 'bash', script, directory, ...words], { env: environment });
}

function askFish({ script, line, directory, environment }: CompletionQuestion): Promise<string> {
  // A value behind `--option=` is offered with the option in front.
  const program = `source $argv[1]; cd $argv[2]; complete -C $argv[3] | string replace -r '\\t.*' '' | string replace -r '^--[a-z-]+=' ''; true`;
  const env = { ...environment, HOME: dirname(script), XDG_CONFIG_HOME: dirname(script) };
  return run('fish', ['--no-config', '-c', program, script, directory, line], { env });
}

/** zsh completes in its line editor only, so one runs in a pseudo-terminal, with a \`compadd\` that prints. */
async function askZsh({ script, line, directory, environment }: CompletionQuestion): Promise<string> {
  const inner = join(dirname(script), 'inner.zsh');
  writeFileSync(inner, ZSH_INNER);
  const outer = join(dirname(script), 'outer.zsh');
  writeFileSync(outer, ZSH_OUTER);
  const env = { ...environment, TERM: 'dumb', ZDOTDIR: dirname(script) };
  const output = await run('zsh', ['-f', outer, inner, script, directory, line], { env });
  const offered = [...output.matchAll(/HIT:(.*?)\r?$/gm)].map((match) => match[1] ?? '');
  // Options that take a value end with `=`.
  return offered.map((word) => word.replace(/^--[a-z-]+=(.+)$/, '$1').replace(/=$/, '')).join('\n');
}

const ZSH_INNER = `
PROMPT=
autoload -Uz compinit && compinit -u -D
source "$AWG_SCRIPT"
cd "$AWG_DIRECTORY"
bindkey '^M' undefined
bindkey '^J' undefined
bindkey '^I' complete-word
zstyle ':completion:*' insert-tab false
zstyle ':completion:*' verbose false
finished() { echo; echo DONE; exit }
comppostfuncs=(finished)
compadd() {
  if [[ \${@[1,(i)(-|--)]} == *-(O|A|D)\\ * ]]; then
    builtin compadd "$@"
    return
  fi
  local -a hits
  builtin compadd -A hits "$@"
  local hit
  for hit in $hits; do echo -E - "HIT:$hit"; done
  builtin compadd "$@"
}
echo READY
`;

const ZSH_OUTER = `
zmodload zsh/zpty
export AWG_SCRIPT=$2 AWG_DIRECTORY=$3
zpty terminal zsh -f -i
zpty -w terminal "source $1"
while zpty -r terminal text '*READY*'; do break; done
zpty -w -n terminal "$4"$'\\t'
while zpty -r terminal text; do
  print -rn -- "$text"
  [[ $text == *DONE* ]] && break
done
zpty -d terminal
`;
