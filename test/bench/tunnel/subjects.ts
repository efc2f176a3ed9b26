/** Who takes part: engines, each with the profiles that it can speak. */
import type { EngineAdapter } from '../../support/engines/engine-adapter.ts';
import type { BenchOptions } from '../options.ts';
import type { ProfileName } from '../profiles.ts';

export const OWN_ENGINE = 'awg-vpn';

/** What everything is held against where it takes part. */
export const REFERENCE_ENGINE = 'wireguard-go';

export interface Subject {
  readonly engine: EngineAdapter;
  readonly profile: ProfileName;
}

export function subjectsOf({ engines, profiles = ['null'] }: BenchOptions): Subject[] {
  return profiles.flatMap((profile) =>
    engines.filter((engine) => profile === 'null' || engine.obfuscates).map((engine) => ({ engine, profile })),
  );
}

/** The row in a table; the null profile goes without saying. */
export function titleOf({ engine, profile }: Subject): string {
  return profile === 'null' ? engine.name : `${engine.name}, AWG ${profile}`;
}

export const isForeign = ({ engine }: Subject): boolean => engine.name !== OWN_ENGINE;

export async function versionsOf(engines: readonly EngineAdapter[]): Promise<Record<string, string>> {
  const versions = engines.map(async (engine) => [engine.name, await engine.version()] as const);
  return Object.fromEntries(await Promise.all(versions));
}
