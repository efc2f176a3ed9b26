/** H1 to H4: four types, or four ranges of them, that share nothing with each other or with WireGuard's. */

import type { AwgParameters } from '../../protocol/obfuscation/awg-parameters.ts';
import type { Generation } from '../../protocol/obfuscation/generation.ts';
import type { Random } from '../../protocol/random.ts';
import type { Range } from '../../protocol/range.ts';
import { draw, exactly } from '../../protocol/range.ts';
import { shuffled } from './draw.ts';

export type Headers = Required<Pick<AwgParameters, 'h1' | 'h2' | 'h3' | 'h4'>>;

/** Up to 4 a type means plain WireGuard to older releases; above 2^31 - 1 upstream advises against. */
const TYPES: Range = { low: 5, high: 0x7fff_ffff };

const KINDS = 4;

/** Ranges came with 2.0; before that a kind has one type. */
export function headers(generation: Generation, random: Random): Headers {
  const isSingle = generation === '1.0' || generation === '1.5';
  const ends = distinctTypes(isSingle ? KINDS : 2 * KINDS, random);
  const ranges = isSingle ? ends.map(exactly) : pairs(ends);
  const [h1, h2, h3, h4] = shuffled(random, ranges);
  return { h1, h2, h3, h4 };
}

/** In ascending order. */
function distinctTypes(count: number, random: Random): number[] {
  const types = new Set<number>();
  while (types.size < count) types.add(draw(TYPES, random));
  return [...types].sort((a, b) => a - b);
}

/** Neighbours become ranges, so these do not overlap. */
function pairs(ascending: readonly number[]): Range[] {
  return ascending.flatMap((low, index) => (index % 2 === 0 ? [{ low, high: ascending[index + 1] }] : []));
}
