/** Where a shell finds names to complete. */
import { CONFIG_DIRECTORIES } from '../../control/config/file.ts';
import { DEFAULT_RUNTIME_DIRECTORY } from '../../control/runtime-directory.ts';

export interface Places {
  /** Searched for NAME.conf. */
  readonly configurations: readonly string[];
  /** Searched for NAME.sock where AWG_VPN_RUNTIME_DIR names no other. */
  readonly tunnels: string;
}

export const PLACES: Places = { configurations: CONFIG_DIRECTORIES, tunnels: DEFAULT_RUNTIME_DIRECTORY };
