/**
 * A default route into the tunnel (protocol facts 7.2 step 9). It lies in a table of its own; a rule
 * sends there what does not carry the mark of our own datagrams, and a rule before it lets the main
 * table answer first for everything but its default route:
 *
 *     32764  lookup main suppress_prefixlength 0
 *     32765  not fwmark T lookup T
 */
import { closeSync, openSync, writeFileSync } from 'node:fs';
import type { Prefix } from '../protocol/engine-port.ts';
import type { EffectJournal, RoutingRule, UndoControl } from './lasting-effect.ts';
import { readSetting, recordWithUndo } from './lasting-effect.ts';
import type { AddressFamily } from './routing-plan.ts';
import { MAIN_TABLE } from './routing-plan.ts';
import type { UndoStack } from './undo-stack.ts';

/** What setting up routes takes; a `NetworkControl` is one. */
export interface RouteControl extends UndoControl {
  addRoute(route: { readonly prefix: Prefix; readonly interfaceIndex: number; readonly table?: number }): void;
  addRule(rule: RoutingRule): void;
  /** Routes of both families in one table. */
  listRoutes(
    table: number,
  ): readonly { readonly prefix: Prefix; readonly interfaceIndex: number; readonly table: number }[];
}

/** Where the original tools start to look for a free table; the number serves as mark too. */
const FIRST_TABLE = 51820;
/** BOUNDED: nobody has this many tunnels with a default route. */
const TABLES_TRIED = 4096;

/** Of the rule pair, the higher; below the kernel's own rule for the main table at 32766. */
const HIGHEST_PRIORITY = 32765;

/** Without it the reverse path filter drops answers that arrive marked (ip-sysctl: src_valid_mark). */
const SOURCE_VALID_MARK = '/proc/sys/net/ipv4/conf/all/src_valid_mark';

/** The first table number that has no routes and that no rule mentions. */
export function freeTable(routes: RouteControl): number {
  const mentioned = new Set(routes.listRules().flatMap((rule) => [rule.fwmark, rule.table]));
  for (let table = FIRST_TABLE; table < FIRST_TABLE + TABLES_TRIED; table++) {
    if (!mentioned.has(table) && routes.listRoutes(table).length === 0) return table;
  }
  throw new Error(`no free routing table from ${FIRST_TABLE} to ${FIRST_TABLE + TABLES_TRIED - 1}`);
}

export interface DefaultRoute {
  readonly family: AddressFamily;
  readonly interfaceIndex: number;
  /** Number of the table and mark of our own datagrams. */
  readonly table: number;
}

/** The rule that diverts traffic comes last, so that nothing is ever sent to an empty table. */
export function addDefaultRoute(
  routes: RouteControl,
  route: DefaultRoute,
  journal: EffectJournal,
  undo: UndoStack,
): void {
  const { family, interfaceIndex, table } = route;
  const priority = freePriorityPair(routes, family);
  routes.addRoute({ prefix: { address: new Uint8Array(family === 4 ? 4 : 16), length: 0 }, interfaceIndex, table });
  addRule(routes, { family, priority, table: MAIN_TABLE, suppressPrefixLength: 0 }, journal, undo);
  addRule(routes, { family, priority: priority + 1, table, fwmark: table, invert: true }, journal, undo);
}

/** The kernel would accept duplicates; a pair of our own keeps tunnels apart. */
function freePriorityPair(routes: RouteControl, family: AddressFamily): number {
  const taken = new Set(
    routes
      .listRules()
      .filter((rule) => rule.family === family)
      .map((rule) => rule.priority),
  );
  for (let priority = HIGHEST_PRIORITY - 1; priority > 0; priority--) {
    if (!taken.has(priority) && !taken.has(priority + 1)) return priority;
  }
  throw new Error(`no two free neighbouring priorities among the IPv${family} routing rules`);
}

function addRule(routes: RouteControl, rule: RoutingRule, journal: EffectJournal, undo: UndoStack): void {
  recordWithUndo({ kind: 'rule', rule }, routes, journal, undo);
  routes.addRule(rule);
}

/**
 * For an IPv4 default route. Containers often may not change settings; it matters only where the
 * strict reverse path filter is on, so a refusal is returned as a warning.
 */
export function enableSourceValidMark(
  routes: RouteControl,
  journal: EffectJournal,
  undo: UndoStack,
): string | undefined {
  const previous = readSetting(SOURCE_VALID_MARK);
  if (previous === '1') return undefined;
  try {
    // Opening asks the kernel with the capabilities that count for writing; access(2) asks with others.
    closeSync(openSync(SOURCE_VALID_MARK, 'r+'));
  } catch (error) {
    return `cannot set ${SOURCE_VALID_MARK} to 1 (${(error as NodeJS.ErrnoException).code}); a strict reverse path filter will drop the answers of peers`;
  }
  recordWithUndo({ kind: 'setting', path: SOURCE_VALID_MARK, previous }, routes, journal, undo);
  writeFileSync(SOURCE_VALID_MARK, '1', { flag: 'r+' });
  return undefined;
}
