/** `<rc N>`: N random letters, of either case; in generation 1.5 digits are among them. */
import type { Refusal, Tag } from './tag.ts';
import { fillFrom, sizedTag } from './tag.ts';

const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';
const LETTERS_AND_DIGITS = `${LETTERS}0123456789`;

export function lettersTag(argument: string): Tag | Refusal {
  return sizedTag(argument, (target, { random }) => fillFrom(LETTERS, target, random));
}

export function lettersAndDigitsTag(argument: string): Tag | Refusal {
  return sizedTag(argument, (target, { random }) => fillFrom(LETTERS_AND_DIGITS, target, random));
}
