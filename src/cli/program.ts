/** The command line, put together from the table of commands. */
import { Command } from 'commander';
import type { CliCommand, CliContext } from './command.ts';
import { isCommandName, loadAllCommands, loadCommand } from './commands.ts';
import { complaintOf, exitCodeOf } from './exit-code.ts';
import { withPriority, writesToJournal } from './journal.ts';
import { ENVIRONMENT, EXIT_CODES } from './surroundings.ts';
import { VERSION } from './version.ts';

/** Runs one command line (without the name of the program) and returns the exit code. Never throws. */
export async function runCommandLine(args: readonly string[], context: CliContext): Promise<number> {
  try {
    await buildProgram(context, await commandsFor(args)).parseAsync(args, { from: 'user' });
    return 0;
  } catch (error) {
    const complaint = complaintOf(error);
    if (complaint !== undefined) {
      context.stderr(writesToJournal(context.environment) ? withPriority('error', complaint) : complaint);
    }
    return exitCodeOf(error);
  }
}

/** The one that is meant, where that is plain. The overview and complaints need all, and so does completion. */
async function commandsFor([first]: readonly string[]): Promise<readonly CliCommand[]> {
  return isCommandName(first) && first !== 'completion' ? [await loadCommand(first)] : loadAllCommands();
}

/** Also for what is made from the commands: completion, the manual. */
export function buildProgram(context: CliContext, commands: readonly CliCommand[]): Command {
  const program = new Command('awg-vpn')
    .description('AmneziaWG and WireGuard tunnels in userspace')
    .version(VERSION, '-V, --version', 'print the version')
    .exitOverride()
    .showHelpAfterError('(see "awg-vpn help")')
    .configureOutput({
      writeOut: context.stdout,
      writeErr: context.stderr,
      outputError: (text, write) => write(text.replace(/^error: /, 'awg-vpn: ')),
    })
    .addHelpText('after', EXIT_HELP);
  for (const command of commands) addCommand(program, command, context);
  return program;
}

function addCommand(program: Command, entry: CliCommand, context: CliContext): void {
  const command = program.command(entry.name).summary(entry.summary).description(sentence(entry.summary));
  entry.configure(command, context);
  const width = Math.max(...entry.examples.map((example) => example.line.length));
  const lines = entry.examples.map((example) => `  ${example.line.padEnd(width)}  # ${example.explanation}`);
  command.addHelpText('after', `\nExamples:\n${lines.join('\n')}`);
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

const EXIT_HELP = `
Exit codes: ${EXIT_CODES.map(({ name, meaning }) => `${name} ${meaning}`).join(', ')}.
Environment: ${ENVIRONMENT.map(({ name, meaning }) => `${name}, ${meaning}`)[0]}.`;
