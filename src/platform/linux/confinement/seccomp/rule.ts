/** What a filter says about one system call. */
import type { SeccompAssembler } from './assembler.ts';

/** About one argument, counted from 0. Flags and numbers are 32 bits; `isNull` looks at all 64. */
export type Condition =
  | { readonly argument: number; readonly oneOf: readonly number[] }
  | { readonly argument: number; readonly noneOf: readonly number[] }
  /** All bits of the mask, or none of them. */
  | { readonly argument: number; readonly has: number }
  | { readonly argument: number; readonly lacks: number }
  | { readonly argument: number; readonly isNull: true };

/** Allowed whenever all conditions of one of the alternatives hold; without alternatives always. */
export interface Rule {
  readonly alternatives: readonly (readonly Condition[])[];
}

/** Goes on with the next instruction of the assembler unless the call is allowed. */
export function assembleRule(assembler: SeccompAssembler, { alternatives }: Rule): void {
  if (alternatives.length === 0) assembler.allow();
  for (const conditions of alternatives) {
    const next = Symbol('next alternative');
    for (const condition of conditions) assembleCondition(assembler, condition, next);
    assembler.allow();
    assembler.place(next);
  }
}

/** Goes on where the condition holds, to `otherwise` where it does not. */
function assembleCondition(assembler: SeccompAssembler, condition: Condition, otherwise: symbol): void {
  const { argument } = condition;
  assembler.loadArgument(argument, 'low');
  if ('has' in condition) assembler.jumpIfAnySet(condition.has, { ifFalse: otherwise });
  else if ('lacks' in condition) assembler.jumpIfAnySet(condition.lacks, { ifTrue: otherwise });
  else if ('isNull' in condition) assembleNull(assembler, argument, otherwise);
  else if ('oneOf' in condition) assembleOneOf(assembler, condition.oneOf, otherwise);
  else for (const value of condition.noneOf) assembler.jumpIfEqual(value, { ifTrue: otherwise });
}

function assembleNull(assembler: SeccompAssembler, argument: number, otherwise: symbol): void {
  assembler.jumpIfEqual(0, { ifFalse: otherwise });
  assembler.loadArgument(argument, 'high');
  assembler.jumpIfEqual(0, { ifFalse: otherwise });
}

function assembleOneOf(assembler: SeccompAssembler, values: readonly number[], otherwise: symbol): void {
  const found = Symbol('found');
  for (const value of values.slice(0, -1)) assembler.jumpIfEqual(value, { ifTrue: found });
  for (const value of values.slice(-1)) assembler.jumpIfEqual(value, { ifFalse: otherwise });
  assembler.place(found);
}
