/** The numbers of routing tables that have a name here, as `ip route` finds them (ip-route(8)). */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RouteTable } from '../../device/device-settings.ts';
import { ConfigError } from './config-error.ts';
import type { TunnelConfig } from './tunnel-config.ts';

/** What an administrator says comes before what the distribution brings. */
const DIRECTORIES = ['/etc/iproute2', '/usr/share/iproute2', '/usr/lib/iproute2'] as const;

/** @throws ConfigError 'unknown-table' */
export function resolveTable(
  { table, file }: Pick<TunnelConfig, 'table' | 'file'>,
  directories: readonly string[] = DIRECTORIES,
): RouteTable {
  if (typeof table !== 'object') return table;
  for (const path of directories.flatMap(tableFiles)) {
    const number = findTable(readIfThere(path), table.name);
    if (number !== undefined) return number;
  }
  throw new ConfigError(
    'unknown-table',
    { file, line: table.line, key: 'Table', value: table.name },
    `no routing table has this name; they are listed in ${DIRECTORIES[0]}/rt_tables`,
  );
}

function tableFiles(directory: string): string[] {
  return [join(directory, 'rt_tables'), ...listIfThere(join(directory, 'rt_tables.d'))];
}

/** `123 name` or `0x7b name`, and `#` before comments. */
function findTable(text: string, name: string): number | undefined {
  for (const line of text.split('\n')) {
    const [, number, found] = /^\s*(0x[\da-f]+|\d+)\s+(\S+)/i.exec(line) ?? [];
    const value = Number(number);
    if (found === name && value >= 1 && value <= 0xffff_ffff) return value;
  }
  return undefined;
}

function listIfThere(directory: string): string[] {
  try {
    const names = readdirSync(directory).filter((name) => name.endsWith('.conf'));
    return names.sort().map((name) => join(directory, name));
  } catch {
    return [];
  }
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
