/** `<rc N>`: N random letters, of either case. Before v0.2.16 digits were among them. */
import type { Refusal, Tag } from './tag.ts';
import { fillFrom, sizedTag } from './tag.ts';

const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';

export function lettersTag(argument: string): Tag | Refusal {
  return sizedTag(argument, (target, { random }) => fillFrom(LETTERS, target, random));
}
