/** `<r N>`: N random bytes. */
import type { Refusal, Tag } from './tag.ts';
import { sizedTag } from './tag.ts';

export function randomTag(argument: string): Tag | Refusal {
  return sizedTag(argument, (target, { random }) => {
    random.fill(target);
  });
}
