/** Which generation of AmneziaWG a set of parameters belongs to, when nobody says. */
import type { AwgKey, AwgParameters } from './awg-parameters.ts';
import { signatureTexts, specialTexts } from './awg-parameters.ts';
import type { Generation } from './generation.ts';
import { isLater } from './generation.ts';

/** The first generation that knows a parameter. J1-J3 and Itime were dropped right after. */
const SINCE: Readonly<Record<AwgKey, Generation>> = {
  jc: '1.0',
  jmin: '1.0',
  jmax: '1.0',
  s1: '1.0',
  s2: '1.0',
  s3: '1.5',
  s4: '1.5',
  h1: '1.0',
  h2: '1.0',
  h3: '1.0',
  h4: '1.0',
  i1: '1.5',
  i2: '1.5',
  i3: '1.5',
  i4: '1.5',
  i5: '1.5',
  j1: '1.5',
  j2: '1.5',
  j3: '1.5',
  itime: '1.5',
  headerProtectionKey: '3.0',
  contentPaddingAddition: '3.0',
  rekeyAfterTime: '3.0',
  rekeyTimeout: '3.0',
  rejectAfterTime: '3.0',
  keepaliveTimeout: '3.0',
  maxHandshakeAttempts: '3.0',
  randomTrailers: '3.1',
  disableCookies: '3.1',
};

/**
 * What `Generation` says, or else the oldest generation that knows all parameters. Those of 1.5 that
 * were kept count as 2.0, which is what is still deployed, unless something that was not kept is there.
 */
export function generationOf(parameters: AwgParameters): Generation {
  if (parameters.generation !== undefined) return parameters.generation;
  const latest = [...needs(parameters).values()].reduce((a, b) => (isLater(b, a) ? b : a), '1.0');
  return latest === '1.5' && !isSpecial(parameters) ? '2.0' : latest;
}

/** The parameters that have an effect, each with the first generation that knows it as it is used. */
export function needs(parameters: AwgParameters): ReadonlyMap<AwgKey, Generation> {
  const keys = (Object.keys(SINCE) as AwgKey[]).filter((key) => isInUse(parameters[key]));
  return new Map(keys.map((key) => [key, isHeaderRange(parameters, key) ? '2.0' : SINCE[key]]));
}

function isInUse(value: AwgParameters[AwgKey]): boolean {
  if (value instanceof Uint8Array) return value.some((byte) => byte !== 0);
  return typeof value === 'object' ? value.high !== 0 : Boolean(value);
}

function isHeaderRange(parameters: AwgParameters, key: AwgKey): boolean {
  if (key !== 'h1' && key !== 'h2' && key !== 'h3' && key !== 'h4') return false;
  const range = parameters[key];
  return range !== undefined && range.low !== range.high;
}

/** J1-J3, Itime and the tag `<wt>` are there in generation 1.5 only. */
function isSpecial(parameters: AwgParameters): boolean {
  const texts = [...signatureTexts(parameters), ...specialTexts(parameters)];
  return Boolean(parameters.itime) || specialTexts(parameters).join('') !== '' || /<\s*wt\b/.test(texts.join(''));
}
