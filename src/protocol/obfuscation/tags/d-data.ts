/** `<d>`: the payload of the packet. A signature packet has none, so no bytes. */
import type { Tag } from './tag.ts';

export function dataTag(): Tag {
  return { bytes: 0, write: () => undefined };
}
