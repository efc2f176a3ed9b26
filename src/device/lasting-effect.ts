/**
 * What outlives the process that did it. The interface, its addresses and its routes vanish with the
 * descriptor of the TUN, whatever kills us; policy rules, kernel settings, tables of the packet filter and
 * records of name servers do not. So each is recorded before it is made, and whoever finds the record can undo it.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { deleteResolvconfRecord } from '../platform/linux/name-servers.ts';
import type { FilterControl } from './filter-table.ts';
import { isMasqueradeRunning } from './filter-table.ts';
import type { FilterContent } from './packet-filter-content.ts';
import type { AddressFamily } from './routing-plan.ts';
import type { UndoStack } from './undo-stack.ts';

export type LastingEffect = RuleEffect | SettingEffect | FilterTableEffect | ResolvconfEffect;

/** A policy routing rule, with everything that is needed to find exactly this one again. */
export interface RuleEffect {
  readonly kind: 'rule';
  readonly rule: RoutingRule;
}

export interface RoutingRule {
  readonly family: AddressFamily;
  readonly priority: number;
  readonly table: number;
  readonly fwmark?: number;
  /** Selects what does not carry the mark. */
  readonly invert?: boolean;
  /** Ignores routes of the table whose prefix is not longer than this. */
  readonly suppressPrefixLength?: number;
}

/** A file below /proc/sys that had this value before. */
export interface SettingEffect {
  readonly kind: 'setting';
  readonly path: string;
  readonly previous: string;
  /** Which tunnels rely on it beside this one: those that masquerade, or else those with a default route. */
  readonly sharedBy?: 'masquerade';
}

/** A table in the packet filter, of the family inet, with everything in it. */
export interface FilterTableEffect {
  readonly kind: 'nft-table';
  readonly table: string;
}

/** Name servers of the interface, as resolvconf keeps them. */
export interface ResolvconfEffect {
  readonly kind: 'resolvconf';
  readonly record: string;
}

export interface EffectJournal {
  /** Before it happens. */
  record(effect: LastingEffect): void;
  /** After it has been undone; the same object. */
  forget(effect: LastingEffect): void;
  /** Undoes it, where this process may not do so itself; false where it may. */
  undo?(effect: LastingEffect): boolean;
  /** Writes the table of the packet filter, where this process may not do so itself; false where it may. */
  writeFilter?(content: FilterContent): boolean;
}

export const NO_JOURNAL: EffectJournal = { record: () => undefined, forget: () => undefined };

/** What undoing takes; a `NetworkControl` is one. */
export interface UndoControl extends FilterControl {
  deleteRule(rule: RoutingRule): void;
  listRules(): readonly RuleSummary[];
}

export interface RuleSummary {
  readonly family: AddressFamily;
  readonly priority: number;
  readonly table: number;
  readonly fwmark?: number | undefined;
  readonly invert?: boolean | undefined;
}

/** Reverses the effects, last first. What is gone already counts as undone; returns the failures. */
export function undoEffects(effects: readonly LastingEffect[], control: UndoControl): unknown[] {
  const failures: unknown[] = [];
  for (const effect of effects.toReversed()) {
    try {
      undoEffect(effect, control);
    } catch (error) {
      failures.push(error);
    }
  }
  return failures;
}

export function undoEffect(effect: LastingEffect, control: UndoControl): void {
  if (effect.kind === 'rule') deleteRule(effect.rule, control);
  else if (effect.kind === 'nft-table') control.deleteFilterTable(effect.table);
  else if (effect.kind === 'resolvconf') deleteResolvconfRecord(effect.record);
  else restoreSetting(effect, control);
}

/** Recorded before it happens: a process killed in between leaves a record too many, never one too few. */
export function recordWithUndo(
  effect: LastingEffect,
  control: UndoControl,
  journal: EffectJournal,
  undo: UndoStack,
): void {
  journal.record(effect);
  undo.push(() => {
    if (journal.undo?.(effect) !== true) undoEffect(effect, control);
    journal.forget(effect);
  });
}

/** The setting of an interface that is gone needs none. */
function restoreSetting({ path, previous, sharedBy }: SettingEffect, control: UndoControl): void {
  if (sharedBy === 'masquerade' ? isMasqueradeRunning(control) : isMarkNeeded(control)) return;
  try {
    writeFileSync(path, previous, { flag: 'r+' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

function deleteRule(rule: RoutingRule, control: UndoControl): void {
  try {
    control.deleteRule(rule);
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'ENOENT') throw error;
  }
}

/** Another tunnel with a default route of its own still relies on the setting. */
function isMarkNeeded(control: UndoControl): boolean {
  return control.listRules().some((rule) => rule.family === 4 && rule.invert === true && (rule.fwmark ?? 0) !== 0);
}

/** Current value, without the line end. */
export function readSetting(path: string): string {
  return readFileSync(path, 'utf8').trim();
}
