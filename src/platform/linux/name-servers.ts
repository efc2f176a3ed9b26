/**
 * Whom this machine asks for names. There is no one place for that: `resolvconf` (Debian's, openresolv, or
 * systemd's in disguise) keeps a record for each interface, which outlives the interface; systemd-resolved
 * is told by `resolvectl` and forgets what belongs to an interface that is gone.
 */
import { readFileSync } from 'node:fs';
import type { ProgramOutcome } from './system-program.ts';
import { runSystemProgram } from './system-program.ts';

/** Stable, for scripts and tests. Append only. */
export type NameServerErrorCode = 'failed' | 'bad-name';

export class NameServerError extends Error {
  override readonly name = 'NameServerError';
  readonly code: NameServerErrorCode;

  constructor(code: NameServerErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

export interface NameServerSettings {
  /** Not empty; addresses. */
  readonly servers: readonly string[];
  /** Domains. */
  readonly search: readonly string[];
}

/** Debian's resolvconf orders its records by this list of patterns. */
const INTERFACE_ORDER = '/etc/resolvconf/interface-order';

/**
 * What resolvconf calls the record of an interface: with a prefix that its list knows, so that it comes
 * before those of network cards (protocol facts 7.2, step 7).
 *
 * @throws NameServerError 'bad-name' for what it would take for an option
 */
export function resolvconfRecord(interfaceName: string, order: string = readIfThere(INTERFACE_ORDER)): string {
  const word = order.split('\n').find((line) => /^[A-Za-z0-9-]+\*$/.test(line));
  const record = word === undefined ? interfaceName : `${word.slice(0, -1)}.${interfaceName}`;
  if (isResolvconfRecord(record)) return record;
  throw new NameServerError('bad-name', `resolvconf would take the interface name "${interfaceName}" for an option`);
}

export function isResolvconfRecord(text: string): boolean {
  return /^[A-Za-z0-9_=+.][A-Za-z0-9_=+.-]{0,79}$/.test(text);
}

/** Whether there is a resolvconf. @throws NameServerError 'failed' */
export function addResolvconfRecord(record: string, { servers, search }: NameServerSettings): boolean {
  const lines = [...servers.map((server) => `nameserver ${server}`), ...searchLine(search)];
  const outcome = runSystemProgram('resolvconf', ['-a', record, '-m', '0', '-x'], `${lines.join('\n')}\n`);
  requireSuccess(outcome, 'resolvconf', 'set the name servers');
  return outcome !== undefined;
}

/** A record that is not there counts as deleted; without a resolvconf there is none. @throws NameServerError 'failed' */
export function deleteResolvconfRecord(record: string): void {
  requireSuccess(runSystemProgram('resolvconf', ['-d', record, '-f']), 'resolvconf', 'take the name servers back');
}

/** Whether there is a resolvectl. All names are asked for through the interface. @throws NameServerError 'failed' */
export function tellResolved(interfaceName: string, { servers, search }: NameServerSettings): boolean {
  const domains = search.includes('~.') ? search : [...search, '~.'];
  for (const args of [
    ['dns', interfaceName, ...servers],
    ['domain', interfaceName, ...domains],
  ]) {
    const outcome = runSystemProgram('resolvectl', args);
    requireSuccess(outcome, 'resolvectl', 'set the name servers');
    if (outcome === undefined) return false;
  }
  return true;
}

/** For an interface that stays. One that is gone was forgotten with it. */
export function revertResolved(interfaceName: string): void {
  runSystemProgram('resolvectl', ['revert', interfaceName]);
}

function searchLine(search: readonly string[]): string[] {
  return search.length === 0 ? [] : [`search ${search.join(' ')}`];
}

function requireSuccess(outcome: ProgramOutcome | undefined, program: string, attempt: string): void {
  if (outcome?.failure === undefined) return;
  const [line = ''] = outcome.stderr.trim().split('\n');
  throw new NameServerError('failed', `cannot ${attempt}: ${program} says "${line === '' ? outcome.failure : line}"`);
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
