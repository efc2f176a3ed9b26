/** `<b 0xHEX>`: these bytes, left to right. The `0x` may be left out. */
import { fromHex } from '../../bytes.ts';
import type { Refusal, Tag } from './tag.ts';

export function bytesTag(argument: string): Tag | Refusal {
  const bytes = fromHex(argument.startsWith('0x') ? argument.slice(2) : argument);
  if (bytes === undefined || bytes.length === 0) return { refusal: 'needs an even number of hexadecimal digits' };
  return { bytes: bytes.length, write: (target) => target.set(bytes) };
}
