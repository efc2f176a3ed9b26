/** What can be typed behind `awg-vpn`, taken from the commander program, for any shell to complete. */
import type { Argument, Command, Option } from 'commander';

/** Where the candidates for a value come from. */
export type Candidates =
  | { readonly kind: 'words'; readonly words: readonly string[] }
  /** Files `NAME.conf` of the directories of configurations, and paths. */
  | { readonly kind: 'configurations' }
  /** Running tunnels. */
  | { readonly kind: 'tunnels' }
  | { readonly kind: 'files' }
  /** Free text. */
  | { readonly kind: 'nothing' };

export interface OptionWords {
  /** `--json`, `-V`; the long one first. */
  readonly flags: readonly string[];
  readonly description: string;
  /** Undefined for a switch. */
  readonly value: { readonly name: string; readonly candidates: Candidates } | undefined;
}

export interface ArgumentWords {
  readonly name: string;
  readonly isVariadic: boolean;
  readonly candidates: Candidates;
}

export interface CommandWords {
  /** Behind the name of the program: `up`; empty for the program itself. */
  readonly path: readonly string[];
  readonly summary: string;
  readonly options: readonly OptionWords[];
  readonly arguments: readonly ArgumentWords[];
  readonly subcommands: readonly CommandWords[];
}

/** What a placeholder stands for, wherever it appears in the help of a command. */
const PLACEHOLDERS: ReadonlyMap<string, 'configurations' | 'tunnels' | 'files'> = new Map([
  ['configuration', 'configurations'],
  ['file', 'files'],
  ['interface', 'tunnels'],
  ['path', 'files'],
  ['tunnel', 'tunnels'],
]);

/** As an argument of a command; the value of an option may be called anything. */
const NAME = 'name';

export function commandWords(command: Command, path: readonly string[] = []): CommandWords {
  const help = command.createHelp();
  return {
    path,
    summary: command.summary(),
    options: help.visibleOptions(command).map(optionWords),
    arguments: command.registeredArguments.map(argumentWords),
    subcommands: help.visibleCommands(command).map((child) => commandWords(child, [...path, child.name()])),
  };
}

function optionWords(option: Option): OptionWords {
  const flags = [option.long, option.short].filter((flag) => flag !== undefined && flag !== null);
  const name = /[<[]([^>\].]+)/.exec(option.flags)?.[1] ?? '';
  const value = { name, candidates: candidatesOf(option.argChoices, name) };
  return { flags, description: option.description, value: option.required || option.optional ? value : undefined };
}

function argumentWords(argument: Argument): ArgumentWords {
  const name = argument.name();
  const candidates: Candidates =
    name === NAME && argument.argChoices === undefined
      ? { kind: 'configurations' }
      : candidatesOf(argument.argChoices, name);
  return { name, isVariadic: argument.variadic, candidates };
}

function candidatesOf(choices: readonly string[] | undefined, name: string): Candidates {
  if (choices !== undefined) return { kind: 'words', words: choices };
  return { kind: PLACEHOLDERS.get(name) ?? 'nothing' };
}
