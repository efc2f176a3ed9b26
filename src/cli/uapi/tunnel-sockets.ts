/** Where the commands of `wg` find running tunnels: by their configuration sockets, whoever serves them. */
import { interfaceNameOf } from '../../control/config/file.ts';
import {
  runtimeDirectory,
  tunnelNames,
  UAPI_FOLDERS,
  uapiDirectory,
  uapiPath,
} from '../../control/runtime-directory.ts';
import { ControlError } from '../../control/socket/control-error.ts';
import type { InterfaceState } from '../../control/uapi/interface-state.ts';
import { readInterface } from '../../control/uapi/interface-state.ts';
import type { CliContext } from '../command.ts';

export interface TunnelSocket {
  readonly name: string;
  readonly path: string;
}

/**
 * @param name of the tunnel, or path to its configuration file
 * @throws ControlError 'not-running'
 */
export function findSocket(name: string, { environment }: CliContext): TunnelSocket {
  const wanted = interfaceNameOf(name);
  const directory = runtimeDirectory(environment);
  const folder = UAPI_FOLDERS.find((each) => tunnelNames(uapiDirectory(directory, each)).includes(wanted));
  if (folder !== undefined) return { name: wanted, path: uapiPath(directory, folder, wanted) };
  const isHidden = tunnelNames(directory).includes(wanted);
  throw isHidden
    ? new ControlError('not-running', `tunnel "${wanted}" has no configuration socket: see "up --uapi"`)
    : notRunning(wanted);
}

/** Its state. @throws ControlError */
export async function readTunnel(socket: TunnelSocket): Promise<InterfaceState> {
  try {
    return await readInterface(socket.name, socket.path);
  } catch (error) {
    throw error instanceof ControlError && error.code === 'not-running' ? notRunning(socket.name) : error;
  }
}

/**
 * All that answer, sorted. One that has ended is left out; one that will not talk to us is not passed over
 * in silence.
 *
 * @throws ControlError where there are some, and none of them talks to us
 */
export async function readAllTunnels(context: CliContext): Promise<InterfaceState[]> {
  const states: InterfaceState[] = [];
  let refusal: ControlError | undefined;
  for (const name of socketNames(context)) {
    try {
      states.push(await readTunnel(findSocket(name, context)));
    } catch (error) {
      if (!(error instanceof ControlError)) throw error;
      if (error.code === 'not-running') continue;
      if (refusal !== undefined) context.stderr(`awg-vpn: warning: ${refusal.message}\n`);
      refusal = error;
    }
  }
  if (refusal !== undefined && states.length === 0) throw refusal;
  if (refusal !== undefined) context.stderr(`awg-vpn: warning: ${refusal.message}\n`);
  return states;
}

function socketNames({ environment }: CliContext): string[] {
  const directory = runtimeDirectory(environment);
  return [...new Set(UAPI_FOLDERS.flatMap((folder) => tunnelNames(uapiDirectory(directory, folder))))].sort();
}

function notRunning(name: string): ControlError {
  return new ControlError('not-running', `no tunnel "${name}" is running`);
}
