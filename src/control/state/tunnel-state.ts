/**
 * What a running tunnel leaves on disk about itself, so that it can be found, and cleaned up after
 * even when its process was killed and could not do so.
 */
import { isFilterTable } from '../../device/filter-table.ts';
import type { LastingEffect, RoutingRule } from '../../device/lasting-effect.ts';
import { isResolvconfRecord } from '../../platform/linux/name-servers.ts';
import type { Hook } from '../config/tunnel-config.ts';
import type { ProcessIdentity } from './process-identity.ts';

export interface TunnelState {
  readonly version: 1;
  readonly name: string;
  readonly process: ProcessIdentity;
  /** Rules and settings belong to one namespace and must not be undone in another. */
  readonly networkNamespace: string;
  readonly configFile: string;
  /** In the order in which they were made. BOUNDED: five for a tunnel with both default routes, and with Masquerade some for each interface. */
  readonly effects: readonly LastingEffect[];
  /** What its owner wants done when it ends. */
  readonly hooks?: HookRecord;
}

/** BOUNDED by the lines of the configuration. */
export interface HookRecord {
  /** Commands that are still due, in order: before anything is taken back, and after it. */
  readonly PreDown: readonly Hook[];
  readonly PostDown: readonly Hook[];
  /** The shell of the one that runs now; what it has started is in its process group. */
  readonly running?: ProcessIdentity;
}

export const NO_HOOKS_DUE: HookRecord = { PreDown: [], PostDown: [] };

/** Where hooks that are due are written down, and the one that runs. */
export interface HookJournal {
  hooks: HookRecord;
}

export function areHooksDue({ PreDown, PostDown }: HookRecord): boolean {
  return PreDown.length + PostDown.length > 0;
}

/** Undefined for text that is not the state of a tunnel, however that came to be. */
export function parseState(text: string): TunnelState | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isState(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

type Fields = Readonly<Record<string, unknown>>;

function isState(value: unknown): value is TunnelState {
  if (!isObject(value) || value.version !== 1 || !isIdentity(value.process)) return false;
  const texts = [value.name, value.networkNamespace, value.configFile];
  const { effects, hooks } = value;
  const areHooks = hooks === undefined || isHookRecord(hooks);
  return texts.every(isText) && areHooks && Array.isArray(effects) && effects.every(isEffect);
}

function isIdentity(value: unknown): value is ProcessIdentity {
  return isObject(value) && isNatural(value.pid) && isText(value.startTime);
}

function isHookRecord(value: unknown): value is HookRecord {
  if (!isObject(value) || (value.running !== undefined && !isIdentity(value.running))) return false;
  return [value.PreDown, value.PostDown].every((hooks) => Array.isArray(hooks) && hooks.every(isHook));
}

function isHook(value: unknown): value is Hook {
  return isObject(value) && isText(value.command) && isNatural(value.line);
}

/** What a daemon may add to its record after it has given its rights away: kinds that name no command. */
export function isNewEffect(value: unknown): value is LastingEffect {
  return isEffect(value) && ['rule', 'setting', 'nft-table'].includes(value.kind);
}

function isEffect(value: unknown): value is LastingEffect {
  if (!isObject(value)) return false;
  if (value.kind === 'rule') return isRule(value.rule);
  if (value.kind === 'nft-table') return isText(value.table) && isFilterTable(value.table);
  if (value.kind === 'resolvconf') return isText(value.record) && isResolvconfRecord(value.record);
  const isSharing = value.sharedBy === undefined || value.sharedBy === 'masquerade';
  return value.kind === 'setting' && isSettingPath(value.path) && isText(value.previous) && isSharing;
}

function isSettingPath(value: unknown): boolean {
  return isText(value) && value.startsWith('/proc/sys/net/') && !value.includes('..');
}

function isRule(value: unknown): value is RoutingRule {
  if (!isObject(value)) return false;
  const { family, priority, table, fwmark, invert, suppressPrefixLength } = value;
  const required = (family === 4 || family === 6) && isNatural(priority) && isNatural(table);
  const optional = [fwmark, suppressPrefixLength].every((field) => field === undefined || isNatural(field));
  return required && optional && (invert === undefined || typeof invert === 'boolean');
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null;
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isNatural(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
