/** Whether the commands of a file are run: it is root who would run them. */
import { ConfigError } from '../config/config-error.ts';
import type { ConfigFile } from '../config/file.ts';
import type { Hook, HookPhase, Hooks, TunnelConfig } from '../config/tunnel-config.ts';

/** `trusted`: those of files that root alone can write; others are refused. */
export const HOOK_POLICIES = ['trusted', 'always', 'never'] as const;
export type HookPolicy = (typeof HOOK_POLICIES)[number];

export const NO_HOOKS: Hooks = { PreUp: [], PostUp: [], PreDown: [], PostDown: [] };

/**
 * The configuration with the hooks that may run.
 *
 * @throws ConfigError 'untrusted-hooks': a tunnel without its hooks may be one without its firewall, so they
 *   are not left out in silence
 */
export function applyHookPolicy(
  config: TunnelConfig,
  { path, distrust }: Pick<ConfigFile, 'path' | 'distrust'>,
  policy: HookPolicy,
): TunnelConfig {
  if (policy === 'never') return { ...config, hooks: NO_HOOKS };
  const [phase, first] = firstHook(config.hooks);
  if (policy === 'always' || distrust === undefined || first === undefined) return config;
  throw new ConfigError(
    'untrusted-hooks',
    { file: path, line: first.line, key: phase, value: '' },
    `commands run only from a file that root alone can write, and ${distrust}; ` +
      'give it to root, or use --hooks always or --hooks never',
  );
}

function firstHook(hooks: Hooks): readonly [HookPhase | '', Hook | undefined] {
  const all = (Object.keys(hooks) as HookPhase[]).flatMap((phase) =>
    hooks[phase].map((hook) => [phase, hook] as const),
  );
  return all.sort(([, a], [, b]) => a.line - b.line)[0] ?? ['', undefined];
}
