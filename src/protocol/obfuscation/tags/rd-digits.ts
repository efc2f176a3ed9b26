/** `<rd N>`: N random decimal digits. */
import type { Refusal, Tag } from './tag.ts';
import { fillFrom, sizedTag } from './tag.ts';

export function digitsTag(argument: string): Tag | Refusal {
  return sizedTag(argument, (target, { random }) => fillFrom('0123456789', target, random));
}
