/** What the end of a tunnel takes that only a process with all its rights can do. */
import type { TunnelConfig } from '../config/tunnel-config.ts';

/** As half sentences; none where rights may be given away, as most tunnels can. */
export function whatEndTakes({ hooks, saveConfig }: Pick<TunnelConfig, 'hooks' | 'saveConfig'>): string[] {
  const phases = (['PreDown', 'PostDown'] as const).filter((phase) => hooks[phase].length > 0);
  const run = phases.map((phase) => `${phase} runs programs as root at the end`);
  return saveConfig ? [...run, 'SaveConfig writes the file at the end'] : run;
}
