/**
 * Letting the machine pass packets from one interface to another, as a router does. The kernel's one
 * switch for a family changes other settings along with it, back and forth; they are recorded before
 * it is touched, and put back after it, so that a hardened machine stays one (ip-sysctl: ip_forward,
 * accept_redirects, accept_ra).
 */
import { closeSync, openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { readSetting } from './lasting-effect.ts';
import type { AddressFamily } from './routing-plan.ts';

/** Keeps what a setting had before, until the tunnel ends. */
export type RecordSetting = (path: string, previous: string) => void;

/** @returns a sentence where it is off and may not be switched on, as in many containers */
export function enableForwarding(family: AddressFamily, record: RecordSetting): string | undefined {
  const all = settingPath(family, 'all', 'forwarding');
  const previous = readSetting(all);
  if (previous === '1') return undefined;
  try {
    // Opening asks the kernel with the capabilities that count for writing; access(2) asks with others.
    closeSync(openSync(all, 'r+'));
  } catch (error) {
    return `cannot set ${all} to 1 (${(error as NodeJS.ErrnoException).code}); IPv${family} packets of the peers go nowhere until someone else does`;
  }
  for (const path of switchedAlong(family)) record(path, readSetting(path));
  if (family === 6) keepListeningToRouters(record);
  record(all, previous);
  writeFileSync(all, '1');
  return undefined;
}

/** The switch resets each interface to its own state, and whether redirects are believed. */
function switchedAlong(family: AddressFamily): string[] {
  const own = readdirSync(configurationFolder(family))
    .filter((name) => name !== 'all' && !name.includes('..'))
    .map((name) => settingPath(family, name, 'forwarding'));
  const routers = own.filter((path) => readSetting(path) !== '0');
  return family === 4 ? [...routers, settingPath(4, 'all', 'accept_redirects')] : routers;
}

/** A router loses the default routes that it learned from others, unless it is told to keep them (2). */
function keepListeningToRouters(record: RecordSetting): void {
  for (const name of interfacesWithLearnedRoute(readFileSync('/proc/net/ipv6_route', 'latin1'))) {
    const path = settingPath(6, name, 'accept_ra');
    if (name.includes('..') || readSetting(path) !== '1') continue;
    record(path, '1');
    writeFileSync(path, '2');
  }
}

/** RTF_ADDRCONF of ipv6_route.h: from a router advertisement. */
const RTF_ADDRCONF = 0x0004_0000;

/**
 * Interfaces whose default route came with a router advertisement.
 *
 * @param table the text of /proc/net/ipv6_route: destination, its length, ..., flags (hexadecimal), interface
 */
export function interfacesWithLearnedRoute(table: string): string[] {
  const rows = table.split('\n').map((line) => line.trim().split(/\s+/));
  const learned = rows.filter(
    ([destination = '', length = '', , , , , , , flags = '0']) =>
      /^0+$/.test(destination) && length === '00' && (Number.parseInt(flags, 16) & RTF_ADDRCONF) !== 0,
  );
  return [...new Set(learned.map((row) => row[9] ?? ''))];
}

function configurationFolder(family: AddressFamily): string {
  return `/proc/sys/net/ipv${family}/conf`;
}

function settingPath(family: AddressFamily, name: string, setting: string): string {
  return `${configurationFolder(family)}/${name}/${setting}`;
}
