/**
 * The tags by name, for each generation. Generations differ in how wide `<t>` and `<c>` and how large
 * the alphabet of `<rc>` are (protocol facts 2.4). Tags that a generation did not have yet, or no
 * longer has, are read all the same: a receiver never looks at these datagrams.
 */
import type { Generation } from '../generation.ts';
import { bytesTag, looseBytesTag } from './b-bytes.ts';
import { counterTag, wideCounterTag } from './c-counter.ts';
import { dataTag } from './d-data.ts';
import { dataTextTag } from './ds-data-text.ts';
import { dataSizeTag } from './dz-data-size.ts';
import { randomTag } from './r-random.ts';
import { lettersAndDigitsTag, lettersTag } from './rc-letters.ts';
import { digitsTag } from './rd-digits.ts';
import { timeTag, wideTimeTag } from './t-time.ts';
import type { TagReader } from './tag.ts';
import { waitTag } from './wt-wait.ts';

export type TagTable = ReadonlyMap<string, TagReader>;

const CURRENT_TAGS: TagTable = new Map([
  ['b', bytesTag],
  ['t', timeTag],
  ['r', randomTag],
  ['rc', lettersTag],
  ['rd', digitsTag],
  ['c', counterTag],
  ['wt', waitTag],
  ['d', dataTag],
  ['ds', dataTextTag],
  ['dz', dataSizeTag],
]);

const EARLY_TAGS: TagTable = new Map([
  ...CURRENT_TAGS,
  ['b', looseBytesTag],
  ['t', wideTimeTag],
  ['rc', lettersAndDigitsTag],
  ['c', wideCounterTag],
]);

/** The first generation has no signature packets; should it be given some, they mean what they mean today. */
export const TAGS: Readonly<Record<Generation, TagTable>> = {
  '1.0': CURRENT_TAGS,
  '1.5': EARLY_TAGS,
  '2.0': CURRENT_TAGS,
  '3.0': CURRENT_TAGS,
  '3.1': CURRENT_TAGS,
};
