/** Who talks to whom: every combination of foreign engine, role and outer address family. */
import type { EngineAdapter } from '../support/engines/engine-adapter.ts';
import { amneziawgGo, engineNamed, wireguardGo } from '../support/engines/index.ts';
import { namespacesUnavailable } from '../support/network-namespace.ts';
import type { PairOptions } from '../support/tunnel-pair.ts';
import type { ObfuscationKeys } from '../support/tunnel-settings.ts';
import type { Family } from '../support/wire.ts';

/**
 * The implementation under test. Naming a foreign one proves the tests themselves:
 * AWG_VPN_INTEROP_SUBJECT=amneziawg-go must pass, too.
 */
export const SUBJECT = engineNamed(process.env.AWG_VPN_INTEROP_SUBJECT ?? 'awg-vpn');

/** What both ends must agree on: prefixes and ranges of magic headers. */
const SHARED_SHAPE: ObfuscationKeys = {
  S1: 31,
  S2: 47,
  S3: 22,
  S4: 12,
  H1: '100000-199999',
  H2: '1234567890',
  H3: '3000000000-3999999999',
  H4: '255-4095',
};

/** What each end chooses for itself: junk and signature packets. */
const INITIATOR_DISGUISE: ObfuscationKeys = {
  ...SHARED_SHAPE,
  Jc: 5,
  Jmin: 40,
  Jmax: 300,
  I1: '<b 0xc70000000108><r 8><t><rc 12><rd 6>',
  I2: '<r 600>',
};

const RESPONDER_DISGUISE: ObfuscationKeys = { ...SHARED_SHAPE, Jc: 3, Jmin: 8, Jmax: 80, I3: '<b 0x0001><r 48>' };

export interface Scenario {
  readonly name: string;
  readonly pair: PairOptions;
  /** Why it cannot run here, or false. */
  readonly skip: string | false;
}

interface ForeignEngine {
  readonly engine: EngineAdapter;
  readonly options: Pick<PairOptions, 'mtu' | 'initiatorObfuscation' | 'responderObfuscation'>;
}

/** MTU 1380: the transport prefix S4 and the IPv6 header must fit a cable of 1500. */
const FOREIGN_ENGINES: readonly ForeignEngine[] = [
  { engine: wireguardGo, options: {} },
  {
    engine: amneziawgGo,
    options: { mtu: 1380, initiatorObfuscation: INITIATOR_DISGUISE, responderObfuscation: RESPONDER_DISGUISE },
  },
];

const OUTER_FAMILIES: readonly Family[] = [4, 6];

export function skipReason(...engines: readonly EngineAdapter[]): string | false {
  const reasons = [namespacesUnavailable(), ...engines.map((engine) => engine.unavailable())];
  return reasons.find((reason) => reason !== undefined) ?? false;
}

function scenariosWith({ engine, options }: ForeignEngine): Scenario[] {
  const skip = skipReason(SUBJECT, engine);
  return OUTER_FAMILIES.flatMap((outer) => [
    {
      name: `${SUBJECT.name} initiates to ${engine.name} over IPv${outer}`,
      pair: { ...options, outer, initiator: SUBJECT, responder: engine },
      skip,
    },
    {
      name: `${engine.name} initiates to ${SUBJECT.name} over IPv${outer}`,
      pair: { ...options, outer, initiator: engine, responder: SUBJECT },
      skip,
    },
  ]);
}

export const SCENARIOS: readonly Scenario[] = FOREIGN_ENGINES.flatMap(scenariosWith);
