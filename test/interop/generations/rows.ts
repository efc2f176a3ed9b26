/** Who is paired with whom: every generation, each direction of initiation, both outer families. */
import type { Release } from '../../support/engines/amneziawg-releases.ts';
import { amneziawgRelease, isObtainable, RELEASES } from '../../support/engines/amneziawg-releases.ts';
import { awgVpnEngine } from '../../support/engines/awg-vpn.ts';
import type { EngineAdapter } from '../../support/engines/engine-adapter.ts';
import type { PairOptions } from '../../support/tunnel-pair.ts';
import type { Family } from '../../support/wire.ts';
import type { GenerationProfile } from './profiles.ts';
import { MTU, PROFILES } from './profiles.ts';

export type Side = 'awg-vpn' | 'amneziawg-go';

export const SIDES: readonly Side[] = ['awg-vpn', 'amneziawg-go'];

/** A tunnel between us and one release. */
export interface Row {
  readonly name: string;
  readonly profile: GenerationProfile;
  readonly initiator: Side;
  readonly outer: Family;
}

export const ROWS: readonly Row[] = PROFILES.flatMap((profile) =>
  SIDES.flatMap((initiator) =>
    ([4, 6] as const).map((outer) => ({ name: nameOf(profile, initiator, outer), profile, initiator, outer })),
  ),
);

function nameOf({ generation, release }: GenerationProfile, initiator: Side, outer: Family): string {
  return `AWG ${generation}, amneziawg-go ${release}, ${initiator} initiates over IPv${outer}`;
}

const engines = new Map<Release, EngineAdapter>(RELEASES.map((release) => [release, amneziawgRelease(release)]));

export function engineOf(side: Side, release: Release): EngineAdapter {
  const engine = side === 'awg-vpn' ? awgVpnEngine : engines.get(release);
  if (engine === undefined) throw new Error(`no engine for ${release}`);
  return engine;
}

/** Why this release cannot be tested against here, or undefined. */
export function missing(release: Release): string | undefined {
  return engineOf('amneziawg-go', release).unavailable();
}

/**
 * A release that nobody can be expected to have is left out where it is missing, and the report says
 * so; all others are skipped by name, which counts as a failure where everything must run.
 */
export function isLeftOut(release: Release): boolean {
  return !isObtainable(release) && missing(release) !== undefined;
}

export function pairOptions({ profile, initiator, outer }: Row): PairOptions {
  const own = { ...profile.shared, ...profile.own };
  const foreign = { ...profile.shared, ...profile.foreign };
  const isOurs = initiator === 'awg-vpn';
  return {
    outer,
    mtu: MTU,
    initiator: engineOf(initiator, profile.release),
    responder: engineOf(isOurs ? 'amneziawg-go' : 'awg-vpn', profile.release),
    initiatorObfuscation: isOurs ? own : foreign,
    responderObfuscation: isOurs ? foreign : own,
  };
}
