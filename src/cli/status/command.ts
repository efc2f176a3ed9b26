/** `awg-vpn status`: whether each peer of a running tunnel works, and if not, why. */
import { setTimeout as sleep } from 'node:timers/promises';
import { InvalidArgumentError } from 'commander';
import { interfaceNameOf } from '../../control/config/file.ts';
import { runtimeDirectory, socketPath, tunnelNames } from '../../control/runtime-directory.ts';
import { callControl } from '../../control/socket/control-client.ts';
import { ControlError } from '../../control/socket/control-error.ts';
import type { StatusReport } from '../../control/status/status-report.ts';
import type { CliCommand, CliContext } from '../command.ts';
import { EndWith, EXIT } from '../exit-code.ts';
import { renderStatus } from './render.ts';

interface StatusOptions {
  readonly json?: boolean;
  readonly watch?: number | true;
}

const DEFAULT_SECONDS = 2;
/** Clears the screen and goes to its beginning (ECMA-48). */
const CLEAR = '\u001b[2J\u001b[H';

export const status: CliCommand = {
  name: 'status',
  summary: 'say whether each peer works, and what to do where it does not',
  examples: [
    { line: 'awg-vpn status', explanation: 'all running tunnels; asks each peer inside the tunnel' },
    { line: 'awg-vpn status wg0 --watch', explanation: 'one of them, again and again' },
    { line: 'awg-vpn status --json', explanation: 'for programs; with --watch one line each time' },
  ],
  configure(command, context) {
    command
      .argument('[tunnel]', 'name of the tunnel; without it all that are running')
      .option('--json', 'print JSON')
      .option(
        '--watch [seconds]',
        `again after so many seconds (default ${DEFAULT_SECONDS}), until interrupted`,
        parseSeconds,
      )
      .action((name: string | undefined, options: StatusOptions) => runStatus(name, options, context));
  },
};

async function runStatus(name: string | undefined, options: StatusOptions, context: CliContext): Promise<void> {
  if (options.watch === undefined) {
    const reports = await look(name, context);
    context.stdout(textOf(reports, options, 2));
    if (reports.some(hasTrouble)) throw new EndWith(EXIT.failure);
    return;
  }
  const pause = (options.watch === true ? DEFAULT_SECONDS : options.watch) * 1000;
  while (context.stdoutIsGone?.() !== true) {
    const text = textOf(await look(name, context), options, 0);
    context.stdout(options.json === true ? text : `${CLEAR}${text}`);
    await sleep(pause);
  }
}

/** Ends with 1 so that scripts need not read the words. */
function hasTrouble({ peers }: StatusReport): boolean {
  return peers.some(({ verdict }) => verdict.state === 'broken' || verdict.state === 'one-way');
}

function textOf(reports: readonly StatusReport[], { json }: StatusOptions, indent: number): string {
  if (json === true) return `${JSON.stringify(reports, null, indent)}\n`;
  return reports.length === 0 ? 'no tunnel is running\n' : reports.map(renderStatus).join('\n');
}

async function look(name: string | undefined, context: CliContext): Promise<StatusReport[]> {
  const directory = runtimeDirectory(context.environment);
  if (name !== undefined) return [await ask(directory, interfaceNameOf(name))];
  const answers = await Promise.allSettled(tunnelNames(directory).map((each) => ask(directory, each)));
  return answers.flatMap((answer) => {
    if (answer.status === 'fulfilled') return [answer.value];
    // One that ended while we asked is none of those that run.
    if (!(answer.reason instanceof ControlError && answer.reason.code === 'not-running')) throw answer.reason;
    return [];
  });
}

async function ask(directory: string, name: string): Promise<StatusReport> {
  try {
    return (await callControl(socketPath(directory, name), 'status')) as StatusReport;
  } catch (error) {
    const isDown = error instanceof ControlError && error.code === 'not-running';
    throw isDown ? new ControlError('not-running', `no tunnel "${name}" is running`) : error;
  }
}

function parseSeconds(text: string): number {
  const seconds = /^\d{1,5}(\.\d{1,3})?$/.test(text) ? Number(text) : 0;
  if (seconds < 0.1) throw new InvalidArgumentError(`"${text}" is not a number of seconds of 0.1 or more.`);
  return seconds;
}
