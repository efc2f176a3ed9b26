/** `awg-vpn show`: running tunnels as `wg show` and `awg show` print them, or what only we know as JSON. */
import { interfaceNameOf } from '../../control/config/file.ts';
import type { TunnelReport } from '../../control/report.ts';
import { runtimeDirectory, socketPath, tunnelNames } from '../../control/runtime-directory.ts';
import { callControl } from '../../control/socket/control-client.ts';
import { ControlError } from '../../control/socket/control-error.ts';
import type { InterfaceState } from '../../control/uapi/interface-state.ts';
import type { CliCommand, CliContext } from '../command.ts';
import { UsageError } from '../exit-code.ts';
import { findSocket, readAllTunnels, readTunnel } from '../uapi/tunnel-sockets.ts';
import { FIELDS, fieldLines } from './fields.ts';
import { renderInterface } from './human.ts';
import { paintFor } from './paint.ts';

const ALL = 'all';
const INTERFACES = 'interfaces';

export const show: CliCommand = {
  name: 'show',
  summary: 'show one running tunnel, or all, as "wg show" does',
  examples: [
    { line: 'awg-vpn show', explanation: 'all tunnels, for people' },
    { line: 'awg-vpn show wg0', explanation: 'one of them' },
    { line: 'awg-vpn show wg0 latest-handshakes', explanation: 'one fact about each peer, for scripts' },
    { line: 'awg-vpn show all dump', explanation: 'everything about all, with the secrets' },
    { line: 'awg-vpn show interfaces', explanation: 'their names' },
    { line: 'awg-vpn show --json', explanation: 'all of them, as an array for programs; without secrets' },
    { line: 'awg-vpn show wg0 --json', explanation: 'one of them, as an object' },
  ],
  configure(command, context) {
    command
      .argument('[tunnel]', `name of the tunnel; "${ALL}", as without it; or "${INTERFACES}"`)
      .argument('[field]', 'one fact to print of it: dump, peers, endpoints, ...')
      .option('--json', 'print JSON, with carriers and drops, for which wg has no place')
      .action(async (name: string | undefined, field: string | undefined, options: { json?: boolean }) => {
        if (options.json === true) context.stdout(await jsonText(name, field, context));
        else context.stdout(await text(name, field, context));
      });
  },
};

async function text(name: string | undefined, field: string | undefined, context: CliContext): Promise<string> {
  if (field !== undefined && !FIELDS.includes(field))
    throw new UsageError(`"${field}": is none of the facts about a tunnel, ${FIELDS.join(', ')}`);
  if (name === INTERFACES) return interfacesText(field, context);
  const isAll = name === undefined || name === ALL;
  const states = isAll ? await readAllTunnels(context) : [await readTunnel(findSocket(name, context))];
  if (field !== undefined) return states.map((state) => fieldLines(field, state, isAll)).join('');
  return states.map((state) => humanText(state, context)).join('\n');
}

async function interfacesText(field: string | undefined, context: CliContext): Promise<string> {
  if (field !== undefined) throw new UsageError(`"${INTERFACES}" has no "${field}"`);
  const names = (await readAllTunnels(context)).map(({ name }) => name);
  return names.length === 0 ? '' : `${names.join(' ')}\n`;
}

function humanText(state: InterfaceState, { environment, isTerminal = false }: CliContext): string {
  return renderInterface(state, {
    now: Math.floor(Date.now() / 1000),
    withSecrets: environment.WG_HIDE_KEYS === 'never',
    paint: paintFor(environment.WG_COLOR_MODE, isTerminal),
  });
}

async function jsonText(name: string | undefined, field: string | undefined, context: CliContext): Promise<string> {
  if (field !== undefined)
    throw new UsageError(`"${field}" is a line for scripts already; --json prints whole tunnels`);
  return `${JSON.stringify(await reportsFor(name, context), null, 2)}\n`;
}

async function reportsFor(name: string | undefined, context: CliContext): Promise<unknown> {
  if (name === INTERFACES) return (await readAllTunnels(context)).map((state) => state.name);
  return name === undefined || name === ALL ? reportAll(context) : reportOne(interfaceNameOf(name), context);
}

async function reportOne(name: string, context: CliContext): Promise<TunnelReport> {
  try {
    return await ask(name, context);
  } catch (error) {
    const isDown = error instanceof ControlError && error.code === 'not-running';
    throw isDown ? new ControlError('not-running', `no tunnel "${name}" is running`) : error;
  }
}

/** A tunnel that ends while we ask is left out; one that will not talk to us is not passed over in silence. */
async function reportAll(context: CliContext): Promise<TunnelReport[]> {
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
