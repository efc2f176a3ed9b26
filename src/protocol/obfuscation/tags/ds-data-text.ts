/** `<ds>`: the payload in base64 without padding. A signature packet has no payload, so no bytes. */
import type { Tag } from './tag.ts';

export function dataTextTag(): Tag {
  return { bytes: 0, write: () => undefined };
}
