/** Every engine that tests and the bench can run. A further implementation is one more entry. */
import { awgVpnEngine } from './awg-vpn.ts';
import type { EngineAdapter } from './engine-adapter.ts';
import { plainDaemon } from './plain-daemon.ts';

export const wireguardGo = plainDaemon({
  name: 'wireguard-go',
  obfuscates: false,
  socketFolder: '/var/run/wireguard',
  args: ['--foreground'],
  env: { LOG_LEVEL: 'error', WG_I_PREFER_BUGGY_USERSPACE_TO_POLISHED_KMOD: '1' },
  configureThrough: 'wg',
});

export const amneziawgGo = plainDaemon({
  name: 'amneziawg-go',
  obfuscates: true,
  socketFolder: '/var/run/amneziawg',
  args: ['--foreground'],
  env: { LOG_LEVEL: 'error' },
  configureThrough: 'uapi',
});

export const boringtun = plainDaemon({
  name: 'boringtun-cli',
  obfuscates: false,
  socketFolder: '/var/run/wireguard',
  args: ['--foreground', '--disable-drop-privileges'],
  env: { WG_LOG_LEVEL: 'error' },
  configureThrough: 'wg',
});

export const ENGINES: readonly EngineAdapter[] = [awgVpnEngine, wireguardGo, amneziawgGo, boringtun];

export function engineNamed(name: string): EngineAdapter {
  const engine = ENGINES.find((candidate) => candidate.name === name);
  if (engine !== undefined) return engine;
  throw new Error(`no engine "${name}"; there are: ${ENGINES.map((candidate) => candidate.name).join(', ')}`);
}
