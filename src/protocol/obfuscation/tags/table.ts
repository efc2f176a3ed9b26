/**
 * The tags by name. This is the language of the current releases, amneziawg-go v0.2.16 and later, and
 * what the kernel module knows besides. Generations differ in which tags they know, and how wide `<t>`
 * and `<c>` and how large the alphabet of `<rc>` are (protocol facts 2.4): another generation is
 * another table for `parseSignature`.
 */
import { bytesTag } from './b-bytes.ts';
import { counterTag } from './c-counter.ts';
import { dataTag } from './d-data.ts';
import { dataTextTag } from './ds-data-text.ts';
import { dataSizeTag } from './dz-data-size.ts';
import { randomTag } from './r-random.ts';
import { lettersTag } from './rc-letters.ts';
import { digitsTag } from './rd-digits.ts';
import { timeTag } from './t-time.ts';
import type { TagReader } from './tag.ts';
import { waitTag } from './wt-wait.ts';

export type TagTable = ReadonlyMap<string, TagReader>;

export const CURRENT_TAGS: TagTable = new Map([
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
