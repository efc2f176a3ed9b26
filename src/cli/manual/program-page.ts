/** awg-vpn(8): the commands, from their own help. */
import type { Command } from 'commander';
import type { CliCommand } from '../command.ts';
import type { Surrounding } from '../surroundings.ts';
import { ENVIRONMENT, EXIT_CODES, FILES } from '../surroundings.ts';
import type { PageTitle } from './roff.ts';
import { RoffPage } from './roff.ts';

export function programPage(program: Command, entries: readonly CliCommand[], title: PageTitle): string {
  const page = new RoffPage(title);
  page.section('Name').paragraph(`awg-vpn - ${program.description()}`);
  page.section('Synopsis').lines(...leaves(program).map(usageOf));
  page.section('Description').paragraph(...DESCRIPTION);
  page.section('Commands');
  for (const command of leaves(program)) addCommand(page, command, examplesOf(command, entries));
  page.section('Exit status').terms(EXIT_CODES.map(termOf));
  page.section('Environment').terms(ENVIRONMENT.map(termOf));
  page.section('Files').terms(FILES.map(termOf));
  page.section('See also').paragraph('awg-vpn.conf(5), wg(8), wg-quick(8), systemd.service(5)');
  return page.toString();
}

const DESCRIPTION = [
  'awg-vpn is a userspace VPN that speaks AmneziaWG and plain WireGuard. A tunnel is a process: it makes the interface, its addresses, routes and rules, moves the packets, and takes everything back when it ends.',
  'Configurations are the files of wg-quick(8), with the keys of AmneziaWG; awg-vpn.conf(5) lists them.',
];

/** Commands that do something by themselves, in the order of the overview; `help` is no matter for a manual. */
function leaves(command: Command): Command[] {
  return command.commands.flatMap((child) => (child.commands.length === 0 ? [child] : leaves(child)));
}

function nameOf(command: Command): string {
  return command.parent === null ? command.name() : `${nameOf(command.parent)} ${command.name()}`;
}

/** `awg-vpn down [options] <tunnel>` */
function usageOf(command: Command): string {
  return command.createHelp().commandUsage(command);
}

/** Those that begin like the command; its parent may have examples for several. */
function examplesOf(command: Command, entries: readonly CliCommand[]): CliCommand['examples'] {
  const [, name] = nameOf(command).split(' ');
  const examples = entries.find((entry) => entry.name === name)?.examples ?? [];
  const isNested = command.parent?.parent !== null;
  return isNested ? examples.filter(({ line }) => line.includes(nameOf(command))) : examples;
}

function addCommand(page: RoffPage, command: Command, examples: CliCommand['examples']): void {
  const help = command.createHelp();
  page.subsection(nameOf(command)).paragraph(help.commandDescription(command));
  page.terms(
    command.registeredArguments.map((argument) => [help.argumentTerm(argument), help.argumentDescription(argument)]),
  );
  const options = command.options.filter((option) => !option.hidden);
  page.terms(options.map((option) => [help.optionTerm(option), help.optionDescription(option)]));
  if (examples.length === 0) return;
  page.verbatim(examples.flatMap(({ line, explanation }) => [`# ${explanation}`, line]).join('\n'));
}

function termOf({ name, meaning }: Surrounding): readonly [string, string] {
  return [name, meaning];
}
