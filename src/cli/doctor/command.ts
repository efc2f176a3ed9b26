/** `awg-vpn doctor`: why a handshake does not work, found out by taking the tunnel's place for a while. */
import { InvalidArgumentError } from 'commander';
import { readConfigFile } from '../../control/config/file.ts';
import { parseConfig } from '../../control/config/parse.ts';
import { runDoctor } from '../../control/doctor/run-doctor.ts';
import type { CliCommand, CliContext } from '../command.ts';
import { EndWith, EXIT } from '../exit-code.ts';
import { warnWhenExposed } from '../key-text.ts';
import { TerminationSignals } from '../up/termination-signals.ts';
import { renderReport } from './render.ts';

interface DoctorOptions {
  readonly seconds: number;
  readonly probe?: boolean;
  readonly json?: boolean;
}

const DEFAULT_SECONDS = 20;
const MAX_SECONDS = 3_600;

export const doctor: CliCommand = {
  name: 'doctor',
  summary: 'find out which parameter keeps a tunnel from working',
  examples: [
    { line: 'awg-vpn doctor wg0', explanation: 'takes the place of the tunnel, which must be down, for a while' },
    { line: 'awg-vpn doctor ./server.conf --seconds 120', explanation: 'waits two minutes for clients to call' },
    { line: 'awg-vpn doctor wg0 --probe', explanation: 'also tries other values on a peer that is silent' },
    { line: 'awg-vpn doctor wg0 --json', explanation: 'for programs' },
  ],
  configure(command, context) {
    command
      .argument('<name>', 'name of a configuration, or path to a file that ends in .conf')
      .option('--seconds <number>', 'how long to look at most', secondsArgument, DEFAULT_SECONDS)
      .option('--probe', 'try other values on a silent peer; an observer of the network can see that')
      .option('--json', 'print JSON')
      .action((name: string, options: DoctorOptions) => runCommand(name, options, context));
  },
};

async function runCommand(name: string, options: DoctorOptions, context: CliContext): Promise<void> {
  const file = await readConfigFile(name);
  const config = parseConfig(file.text, file.path);
  const termination = new TerminationSignals();
  try {
    const { seconds, probe = false } = options;
    const report = await runDoctor(config, { seconds, probe, signal: termination.signal });
    if (termination.crash !== undefined) throw termination.crash;
    if ([...report.peers, ...report.others].some(({ findings }) => findings.length > 0)) warnWhenExposed(context);
    context.stdout(options.json === true ? `${JSON.stringify(report, null, 2)}\n` : renderReport(report));
    if (!report.healthy) throw new EndWith(EXIT.failure);
  } finally {
    termination.release();
  }
}

function secondsArgument(text: string): number {
  const value = Number(text);
  if (/^\d{1,4}$/.test(text) && value >= 1 && value <= MAX_SECONDS) return value;
  throw new InvalidArgumentError(`It is not a whole number from 1 to ${MAX_SECONDS}.`);
}
