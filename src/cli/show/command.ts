/** `awg-vpn show`: the state of running tunnels, asked from their processes. */
import { interfaceNameOf } from '../../control/config/file.ts';
import type { TunnelReport } from '../../control/report.ts';
import { runtimeDirectory, socketPath, tunnelNames } from '../../control/runtime-directory.ts';
import { callControl } from '../../control/socket/control-client.ts';
import { ControlError } from '../../control/socket/control-error.ts';
import type { CliCommand, CliContext } from '../command.ts';
import { renderTunnel } from './human.ts';

export const show: CliCommand = {
  name: 'show',
  summary: 'show one running tunnel, or all',
  examples: [
    { line: 'awg-vpn show', explanation: 'all tunnels, for people' },
    { line: 'awg-vpn show wg0', explanation: 'one of them' },
    { line: 'awg-vpn show --json', explanation: 'all of them, as an array for programs' },
    { line: 'awg-vpn show wg0 --json', explanation: 'one of them, as an object' },
  ],
  configure(command, context) {
    command
      .argument('[tunnel]', 'name of the tunnel; without it all that are running')
      .option('--json', 'print JSON')
      .action(async (name: string | undefined, options: { json?: boolean }) => {
        const found = name === undefined ? await showAll(context) : await showOne(interfaceNameOf(name), context);
        if (options.json === true) context.stdout(`${JSON.stringify(found, null, 2)}\n`);
        else context.stdout(renderAll(Array.isArray(found) ? found : [found]));
      });
  },
};

function renderAll(reports: readonly TunnelReport[]): string {
  return reports.map((report) => renderTunnel(report, Date.now())).join('\n');
}

async function showOne(name: string, context: CliContext): Promise<TunnelReport> {
  try {
    return await ask(name, context);
  } catch (error) {
    const isDown = error instanceof ControlError && error.code === 'not-running';
    throw isDown ? new ControlError('not-running', `no tunnel "${name}" is running`) : error;
  }
}

/** A tunnel that ends while we ask is left out; one that will not talk to us is not passed over in silence. */
async function showAll(context: CliContext): Promise<TunnelReport[]> {
  const reports: TunnelReport[] = [];
  for (const name of tunnelNames(runtimeDirectory(context.environment))) {
    try {
      reports.push(await ask(name, context));
    } catch (error) {
      if (!(error instanceof ControlError)) throw error;
      if (error.code !== 'not-running') context.stderr(`awg-vpn: warning: ${error.message}\n`);
    }
  }
  return reports;
}

async function ask(name: string, context: CliContext): Promise<TunnelReport> {
  const path = socketPath(runtimeDirectory(context.environment), name);
  return (await callControl(path, 'show')) as TunnelReport;
}
