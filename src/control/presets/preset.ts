/**
 * A new profile for two ends that are set up together: AWG parameters that fit each other, in the
 * guise of a protocol, for peers of a given generation. Everything random is drawn from the Random
 * that is passed in, so a seed gives the same preset again.
 */

import type { AwgParameters } from '../../protocol/obfuscation/awg-parameters.ts';
import type { Generation } from '../../protocol/obfuscation/generation.ts';
import { isLater } from '../../protocol/obfuscation/generation.ts';
import type { Random } from '../../protocol/random.ts';
import { between, oneOf, randomBytes } from './draw.ts';
import type { Guise, GuiseTexts } from './guises/guise.ts';
import { SignatureText } from './guises/signature-text.ts';
import type { GuiseName } from './guises/table.ts';
import { GUISES } from './guises/table.ts';
import { headers } from './headers.ts';
import { requireHostName } from './host-name.ts';
import { prefixSizes } from './prefix-sizes.ts';
import { requireFitting } from './wire-limits.ts';

export interface PresetRequest {
  readonly like: GuiseName;
  readonly generation: Generation;
  /** What the guise pretends to talk to; left out: one of a few well-known servers. */
  readonly host?: string;
}

export interface Preset {
  readonly like: GuiseName;
  readonly generation: Generation;
  /** Undefined where the datagrams mention none. */
  readonly host: string | undefined;
  /** Where the guise expects a server to listen. */
  readonly port: number | undefined;
  readonly parameters: AwgParameters;
}

/** Seconds for which 1.5 does not repeat the opening; a session is renewed after as many. */
const OPENING_INTERVAL = 120;

/** @throws PresetError 'bad-host', or 'too-large' where the host name makes a datagram that does not fit the path */
export function createPreset(request: PresetRequest, random: Random): Preset {
  const { like, generation } = request;
  const guise = GUISES[like];
  const isDressed = generation !== '1.0';
  const host = isDressed ? chooseHost(guise, request.host, random) : undefined;
  const parameters: AwgParameters = {
    generation,
    ...junk(isDressed && guise.port !== undefined, random),
    ...prefixSizes(generation, random),
    ...headers(generation, random),
    ...(isDressed ? signatures(guise, host ?? '', generation, random) : {}),
    ...(isLater(generation, '2.0') ? thirdGeneration(generation, random) : {}),
  };
  requireFitting(parameters);
  return { like, generation, host, port: guise.port, parameters };
}

/**
 * Datagrams before a handshake alone, for one more end that shares everything else with others. None for
 * generation 1.0, which knows none.
 *
 * @throws PresetError as createPreset
 */
export function createSignatures({ like, generation, host }: PresetRequest, random: Random): AwgParameters {
  if (generation === '1.0') return {};
  const guise = GUISES[like];
  return signatures(guise, chooseHost(guise, host, random) ?? '', generation, random);
}

function chooseHost(guise: Guise, wanted: string | undefined, random: Random): string | undefined {
  if (guise.hosts.length === 0) return undefined;
  return wanted === undefined ? oneOf(random, guise.hosts) : requireHostName(wanted);
}

/** Upstream advises 4 to 12 of them. Behind an imitation, which they do not continue, few are enough. */
function junk(isImitation: boolean, random: Random): Pick<AwgParameters, 'jc' | 'jmin' | 'jmax'> {
  const jmin = between(random, 16, 64);
  return {
    jc: isImitation ? between(random, 4, 6) : between(random, 4, 12),
    jmin,
    jmax: jmin + between(random, 64, 256),
  };
}

/** Releases of 1.5 know no tags for letters and digits, so those are the same in each of their datagrams. */
function signatures(guise: Guise, host: string, generation: Generation, random: Random): AwgParameters {
  const freeze = generation === '1.5' ? random : undefined;
  const texts = guise.dress({ host, random, newText: () => new SignatureText(freeze) });
  return generation === '1.5' ? { ...opening(texts), ...continuation(texts) } : opening(texts);
}

function opening({ opening: [i1, i2, i3, i4, i5] }: GuiseTexts): AwgParameters {
  return { i1, i2, i3, i4, i5 };
}

function continuation({ continuation: [j1, j2, j3] }: GuiseTexts): AwgParameters {
  return { j1, j2, j3, itime: OPENING_INTERVAL };
}

/**
 * Header protection, and timers that no longer tick like WireGuard's. Trailers come with padding of
 * their own, and a ContentPaddingAddition would take its place (protocol facts 3.5).
 */
function thirdGeneration(generation: Generation, random: Random): AwgParameters {
  return {
    headerProtectionKey: randomBytes(random, 32),
    ...(generation === '3.1'
      ? { randomTrailers: true }
      : { contentPaddingAddition: { low: 0, high: between(random, 32, 96) } }),
    rekeyAfterTime: { low: between(random, 90, 105), high: between(random, 110, 120) },
    rekeyTimeout: { low: between(random, 4, 5), high: between(random, 6, 8) },
    keepaliveTimeout: { low: between(random, 7, 9), high: between(random, 11, 14) },
  };
}
