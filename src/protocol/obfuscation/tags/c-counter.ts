/**
 * `<c>`: a counter, 4 bytes big endian. It starts at a random number for each initiation and goes up
 * by one with each signature packet. So does the kernel module; amneziawg-go dropped the tag in
 * v0.2.16. A receiver never looks at it, so nothing is lost by sending it.
 *
 * In generation 1.5: 8 bytes, and it counts all signature packets and junk since the start.
 */
import { writeUint32BigEndian, writeUint64BigEndian } from '../../bytes.ts';
import type { Tag } from './tag.ts';

export function counterTag(): Tag {
  return { bytes: 4, write: (target, { counter }) => writeUint32BigEndian(target, 0, counter) };
}

export function wideCounterTag(): Tag {
  return { bytes: 8, write: (target, { counter }) => writeUint64BigEndian(target, 0, counter) };
}
