/** `awg-vpn demo`: a tunnel between two hosts on this machine, with what it carries and what it looks like. */
import { InvalidArgumentError } from 'commander';
import type { CliCommand, CliContext } from '../command.ts';
import type { DemoConsole } from './demo-console.ts';
import { demoConsole } from './demo-console.ts';
import { runGuarded } from './guarded-run.ts';
import { runLoopback } from './loopback-demo.ts';
import { runRootless } from './rootless.ts';
import { findStanding } from './standing.ts';
import { runTwoHosts } from './two-hosts.ts';

const DEFAULT_SECONDS = 3;
const MAX_SECONDS = 60;

export const demo: CliCommand = {
  name: 'demo',
  summary: 'show a tunnel between two hosts on this machine, then clean up',
  examples: [
    { line: 'awg-vpn demo', explanation: 'in namespaces where the kernel allows it, otherwise in this process' },
    { line: 'awg-vpn demo --seconds 10', explanation: 'with longer transfers' },
    { line: 'awg-vpn demo --loopback', explanation: 'in this process, without any privileges' },
  ],
  configure(command, context) {
    command
      .option('--seconds <count>', 'how long to transfer, in each direction', parseSeconds, DEFAULT_SECONDS)
      .option('--loopback', 'without namespaces: both ends in this process')
      .action((options: { seconds: number; loopback?: true }) => runDemo(options, context));
  },
};

async function runDemo(
  options: { readonly seconds: number; readonly loopback?: true },
  context: CliContext,
): Promise<void> {
  const { seconds } = options;
  const console = demoConsole(context.stdout);
  const standing =
    options.loopback === true ? ({ kind: 'none', reason: 'asked for with --loopback' } as const) : findStanding();
  try {
    await runGuarded((undo, signal) => {
      if (standing.kind === 'privileged') return runTwoHosts({ console, seconds, undo, signal });
      if (standing.kind === 'rootless') return startRootless(console, seconds, signal);
      return runLoopback({ console, seconds, undo, signal, reason: standing.reason });
    });
  } finally {
    console.endProgress();
  }
}

function startRootless(console: DemoConsole, seconds: number, signal: AbortSignal): Promise<void> {
  console.line('Not root: using an unprivileged user namespace.');
  return runRootless(seconds, signal);
}

function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (seconds > 0 && seconds <= MAX_SECONDS) return seconds;
  throw new InvalidArgumentError(`"${text}" is not a number of seconds from 1 to ${MAX_SECONDS}.`);
}
