/** `<t>`: Unix time in seconds, 4 bytes big endian; 8 in generation 1.5. */
import { writeUint32BigEndian, writeUint64BigEndian } from '../../bytes.ts';
import type { WallTime } from '../../time.ts';
import { SECOND } from '../../time.ts';
import type { Tag } from './tag.ts';

export function timeTag(): Tag {
  return { bytes: 4, write: (target, { wall }) => writeUint32BigEndian(target, 0, secondsOf(wall)) };
}

export function wideTimeTag(): Tag {
  return { bytes: 8, write: (target, { wall }) => writeUint64BigEndian(target, 0, secondsOf(wall)) };
}

function secondsOf(wall: WallTime): number {
  return Math.floor(wall / SECOND);
}
