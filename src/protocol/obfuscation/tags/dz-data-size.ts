/** `<dz N>`: the length of the payload in N bytes, big endian. A signature packet has none, so N zero bytes. */
import type { Refusal, Tag } from './tag.ts';
import { sizedTag } from './tag.ts';

export function dataSizeTag(argument: string): Tag | Refusal {
  return sizedTag(argument, (target) => {
    target.fill(0);
  });
}
