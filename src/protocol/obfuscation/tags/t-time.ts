/** `<t>`: Unix time in seconds, 4 bytes big endian. */
import { writeUint32BigEndian } from '../../bytes.ts';
import { SECOND } from '../../time.ts';
import type { Tag } from './tag.ts';

export function timeTag(): Tag {
  return { bytes: 4, write: (target, { wall }) => writeUint32BigEndian(target, 0, Math.floor(wall / SECOND)) };
}
