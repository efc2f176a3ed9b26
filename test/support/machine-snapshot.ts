/** Everything about this network namespace that a tunnel could change, as lines to compare. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

const COMMANDS: ReadonlyArray<readonly string[]> = [
  ['ip', '-o', 'link'],
  ['ip', '-o', 'address'],
  ['ip', '-4', 'route', 'show', 'table', 'all'],
  ['ip', '-6', 'route', 'show', 'table', 'all'],
  ['ip', '-4', 'rule'],
  ['ip', '-6', 'rule'],
  ['nft', 'list', 'ruleset'],
  ['ss', '-Hanp', '-A', 'tcp,udp,raw'],
];

/** Settings of interfaces, routing and forwarding; others of the kernel count things. */
const SETTINGS = ['/proc/sys/net/ipv4/conf', '/proc/sys/net/ipv6/conf', '/proc/sys/net/ipv4/ip_forward'];

/** @param folders whose files count, too: runtime directories, records of name servers */
export function machineSnapshot(...folders: readonly string[]): string[] {
  const shown = COMMANDS.flatMap(([program = '', ...args]) =>
    linesOf(execFileSync(program, args, { encoding: 'utf8' })).map((line) => `${args.join(' ')}: ${line}`),
  );
  return [...shown, ...SETTINGS.flatMap(contents), ...folders.flatMap(contents)];
}

/** `-` for what is gone, `+` for what is new. */
export function snapshotDifferences(before: readonly string[], after: readonly string[]): string[] {
  const [known, present] = [new Set(before), new Set(after)];
  return [
    ...before.filter((line) => !present.has(line)).map((line) => `- ${line}`),
    ...after.filter((line) => !known.has(line)).map((line) => `+ ${line}`),
  ];
}

function contents(path: string): string[] {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats?.isDirectory() === true)
    return readdirSync(path)
      .sort()
      .flatMap((name) => contents(join(path, name)));
  return stats === undefined ? [] : [`${path}: ${stats.isFile() ? textOf(path) : 'no file'}`];
}

/** Some settings can only be written. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return 'unreadable';
  }
}

function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => line !== '');
}
