/** The AWG keys of a configuration, before anything is known about whether they fit together. */
import type { Range } from '../range.ts';
import type { Generation } from './generation.ts';
import type { HeaderRange } from './header-range.ts';

/** Named as in configuration files. What is left out is 0 or unset, and 1 to 4 for H1-H4. */
export interface AwgParameters {
  readonly jc?: number;
  readonly jmin?: number;
  readonly jmax?: number;
  readonly s1?: number;
  readonly s2?: number;
  readonly s3?: number;
  readonly s4?: number;
  readonly h1?: HeaderRange;
  readonly h2?: HeaderRange;
  readonly h3?: HeaderRange;
  readonly h4?: HeaderRange;
  readonly i1?: string;
  readonly i2?: string;
  readonly i3?: string;
  readonly i4?: string;
  readonly i5?: string;
  readonly j1?: string;
  readonly j2?: string;
  readonly j3?: string;
  /** Seconds. */
  readonly itime?: number;
  /** 32 bytes; all zero means none. */
  readonly headerProtectionKey?: Uint8Array;
  /** Bytes. A range of 0 alone means unset, here and below. */
  readonly contentPaddingAddition?: Range;
  /** Seconds. */
  readonly rekeyAfterTime?: Range;
  /** Seconds. */
  readonly rekeyTimeout?: Range;
  /** Seconds. */
  readonly rejectAfterTime?: Range;
  /** Seconds. */
  readonly keepaliveTimeout?: Range;
  readonly maxHandshakeAttempts?: Range;
  readonly randomTrailers?: boolean;
  readonly disableCookies?: boolean;
  /** Left out: derived from the others, see needed-generation.ts. */
  readonly generation?: Generation;
}

/** Every parameter but the generation, which is about the others. */
export type AwgKey = Exclude<keyof AwgParameters, 'generation'>;

/** The texts of I1 to I5, or J1 to J3; empty where left out. */
export function signatureTexts(parameters: AwgParameters): string[] {
  const { i1 = '', i2 = '', i3 = '', i4 = '', i5 = '' } = parameters;
  return [i1, i2, i3, i4, i5];
}

export function specialTexts(parameters: AwgParameters): string[] {
  const { j1 = '', j2 = '', j3 = '' } = parameters;
  return [j1, j2, j3];
}

/** As in a configuration file: `Jmin`, `HeaderProtectionKey`. */
export function nameOf(key: keyof AwgParameters): string {
  return key.charAt(0).toUpperCase() + key.slice(1);
}
