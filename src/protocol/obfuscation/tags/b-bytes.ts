/** `<b 0xHEX>`: these bytes, left to right. The `0x` may be left out. */
import { fromHex } from '../../bytes.ts';
import type { Refusal, Tag } from './tag.ts';

export function bytesTag(argument: string): Tag | Refusal {
  return literalTag(argument.startsWith('0x') ? argument.slice(2) : argument);
}

/** Generation 1.5 took `0X` as well, and an odd number of digits as if a 0 stood before them. */
export function looseBytesTag(argument: string): Tag | Refusal {
  const digits = argument.replace(/^0x/i, '');
  return literalTag(digits.length % 2 === 0 ? digits : `0${digits}`);
}

function literalTag(digits: string): Tag | Refusal {
  const bytes = fromHex(digits);
  if (bytes === undefined || bytes.length === 0) return { refusal: 'needs an even number of hexadecimal digits' };
  return { bytes: bytes.length, write: (target) => target.set(bytes) };
}
