/** What every command has around it: exit codes, environment, files. Told by the help and by the manual. */
import { CONFIG_DIRECTORIES } from '../control/config/file.ts';
import { DEFAULT_RUNTIME_DIRECTORY } from '../control/runtime-directory.ts';
import { EXIT } from './exit-code.ts';

export interface Surrounding {
  readonly name: string;
  readonly meaning: string;
}

export const EXIT_CODES: readonly Surrounding[] = [
  { name: String(EXIT.success), meaning: 'success' },
  { name: String(EXIT.failure), meaning: 'failure' },
  { name: String(EXIT.usage), meaning: 'wrong usage or configuration' },
];

export const ENVIRONMENT: readonly Surrounding[] = [
  {
    name: 'AWG_VPN_RUNTIME_DIR',
    meaning: `where running tunnels are found (default ${DEFAULT_RUNTIME_DIRECTORY})`,
  },
  {
    name: 'WG_HIDE_KEYS, WG_COLOR_MODE',
    meaning: '"never" shows keys in "show"; "always", "never" or "auto" for its colours',
  },
  {
    name: 'WG_ENDPOINT_RESOLUTION_RETRIES',
    meaning: 'how often a name server that does not answer is asked again: a number or "infinity" (default 15)',
  },
  {
    name: 'NOTIFY_SOCKET, WATCHDOG_USEC, JOURNAL_STREAM',
    meaning: 'set by systemd: "up" tells when it is ready and that it lives, and logs with priorities',
  },
];

export const FILES: readonly Surrounding[] = [
  ...CONFIG_DIRECTORIES.map((directory, index) => ({
    name: `${directory}/NAME.conf`,
    meaning:
      index === 0 ? 'the configuration that NAME stands for' : 'the same, where there is none in the directory above',
  })),
  { name: `${DEFAULT_RUNTIME_DIRECTORY}/NAME.sock`, meaning: 'control socket of a running tunnel' },
  { name: '/var/run/amneziawg/NAME.sock, /var/run/wireguard/NAME.sock', meaning: 'for awg and wg, see "up --uapi"' },
  { name: `${DEFAULT_RUNTIME_DIRECTORY}/NAME.json`, meaning: 'its process, and what it will have to undo' },
];
