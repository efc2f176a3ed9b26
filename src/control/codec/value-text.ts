/** Values as a file has them, brought to one spelling. What is not understood stays as it is. */
import { compact } from '../config/values.ts';
import type { KeyWord } from './key-vocabulary.ts';

/** Lists get one comma and one space between items, and lose empty items. Only texts and commands keep inner spaces. */
export function normalValue(known: KeyWord | undefined, value: string): string {
  if (known === undefined || known.shape === 'text' || known.shape === 'commands') return value;
  if (known.shape === 'list') return listItems(value).join(', ');
  const plain = compact(value);
  if (known.shape === 'flag') return flagState(plain)?.toString() ?? plain;
  const state = known.shape === 'switch' ? switchState(plain) : undefined;
  return state === undefined ? plain : switchText(state);
}

export function listItems(value: string): string[] {
  return value
    .split(',')
    .map(compact)
    .filter((item) => item !== '');
}

/** A decimal number that JSON gives back digit by digit. */
export function plainNumber(value: string): number | undefined {
  return /^(0|[1-9]\d{0,9})$/.test(value) ? Number(value) : undefined;
}

export function switchText(state: boolean): string {
  return state ? 'on' : 'off';
}

/** `on`, `off`, or digits that are 0 for off (protocol facts 4.1). */
export function switchState(value: string): boolean | undefined {
  const text = value.toLowerCase();
  if (text === 'on' || text === 'off') return text === 'on';
  return /^\d+$/.test(text) ? /[1-9]/.test(text) : undefined;
}

/** `true` or `false`, as SaveConfig has it (protocol facts 7.1). */
export function flagState(value: string): boolean | undefined {
  const text = value.toLowerCase();
  return text === 'true' || text === 'false' ? text === 'true' : undefined;
}
