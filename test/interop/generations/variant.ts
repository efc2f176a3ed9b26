/** One tunnel with parameters of its own, and what is to be seen of it. */
import type { Generation } from '../../../src/protocol/obfuscation/generation.ts';
import type { Release } from '../../support/engines/amneziawg-releases.ts';
import type { Scope } from '../../support/scope.ts';
import type { TunnelPair } from '../../support/tunnel-pair.ts';
import type { ObfuscationKeys } from '../../support/tunnel-settings.ts';
import type { Side } from './rows.ts';

export interface Variant {
  readonly name: string;
  readonly generation: Generation;
  readonly release: Release;
  readonly initiator: Side;
  /** Returns what is worth telling about it; throws where it fails. */
  readonly run: (scope: Scope) => Promise<string>;
}

/** What a check is given. */
export interface VariantContext {
  readonly scope: Scope;
  readonly pair: TunnelPair;
  readonly shared: ObfuscationKeys;
  readonly initiator: Side;
}
