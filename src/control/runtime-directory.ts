/**
 * Where running tunnels are found: `<directory>/<name>.sock` answers questions, `<directory>/<name>.json`
 * says what has to be undone when the process can no longer be asked.
 */
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ControlError } from './socket/control-error.ts';

export const DEFAULT_RUNTIME_DIRECTORY = '/run/awg-vpn';

/** AWG_VPN_RUNTIME_DIR, or the default. */
export function runtimeDirectory(environment: NodeJS.ProcessEnv): string {
  const directory = environment.AWG_VPN_RUNTIME_DIR ?? '';
  return directory === '' ? DEFAULT_RUNTIME_DIRECTORY : directory;
}

const DEFAULT_STATE_DIRECTORY = '/var/lib/awg-vpn';

/**
 * What is worth knowing after a restart of the machine: which carrier worked in which network.
 * AWG_VPN_STATE_DIR, or what systemd gives (`StateDirectory=`), or the default.
 */
export function carrierMemoryPath(environment: NodeJS.ProcessEnv, name: string): string {
  // systemd names all directories of a unit, with colons between them.
  const named = [environment.AWG_VPN_STATE_DIR, environment.STATE_DIRECTORY?.split(':')[0]];
  const directory = named.find((path) => path !== undefined && path !== '') ?? DEFAULT_STATE_DIRECTORY;
  return join(directory, `${name}.carriers.json`);
}

/** Only its owner may look inside: the socket can stop the tunnel. */
export function makeRuntimeDirectory(directory: string): void {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new ControlError(
      'failed',
      `${directory}: cannot be created (${reason}); AWG_VPN_RUNTIME_DIR names another place`,
    );
  }
}

export function socketPath(directory: string, name: string): string {
  return join(directory, `${name}.sock`);
}

export function statePath(directory: string, name: string): string {
  return join(directory, `${name}.json`);
}

/** Where `awg` and `wg` look for tunnels: a directory each below this one (protocol facts 4.2). */
const UAPI_ROOT = '/var/run';

export const UAPI_FOLDERS = ['amneziawg', 'wireguard'] as const;
export type UapiFolder = (typeof UAPI_FOLDERS)[number];

/** Whoever keeps running tunnels elsewhere keeps these sockets there, too. */
export function uapiDirectory(directory: string, folder: UapiFolder): string {
  return join(directory === DEFAULT_RUNTIME_DIRECTORY ? UAPI_ROOT : directory, folder);
}

export function uapiPath(directory: string, folder: UapiFolder, name: string): string {
  return socketPath(uapiDirectory(directory, folder), name);
}

/** Names of the tunnels that have a socket, sorted. A missing directory has none. */
export function tunnelNames(directory: string): string[] {
  try {
    const files = readdirSync(directory).filter((file) => file.endsWith('.sock'));
    return files.map((file) => file.slice(0, -'.sock'.length)).sort();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    throw error;
  }
}
