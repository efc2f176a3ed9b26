/**
 * Tables of our own in the kernel's packet filter, through the program `nft` (nftables). Off every
 * packet's path for us: the kernel does the work. A table is always written as a whole, in one
 * transaction, so that there is never half of it.
 */
import { runSystemProgram } from './system-program.ts';

/** Stable, for scripts and tests. Append only. */
export type NftErrorCode = 'missing-program' | 'failed' | 'bad-text';

export class NftError extends Error {
  override readonly name = 'NftError';
  readonly code: NftErrorCode;

  constructor(code: NftErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** A base chain: where it hooks in, and its rules in order. Features that share a table bring chains of their own. */
export interface NftChain {
  /** A word that is none of nft's own; unique in its table. */
  readonly name: string;
  /** `type filter hook forward priority 0` */
  readonly hook: string;
  /** Statements of nft. Texts from outside go through `nftText`. */
  readonly rules: readonly string[];
}

/** A base chain of anyone, as the kernel lists it. */
export interface ListedChain {
  /** `inet`, `ip`, `ip6`, ... */
  readonly family: string;
  readonly table: string;
  readonly name: string;
  /** `forward`, `postrouting`, ...; empty for a chain that others jump to. */
  readonly hook: string;
  /** Of what no rule decides about. */
  readonly policy: 'accept' | 'drop';
}

/**
 * Makes these the chains of a table of the family `inet`, whatever it had before, or nothing at all.
 *
 * @throws NftError
 */
export function replaceTable(table: string, chains: readonly NftChain[]): void {
  runNft(['-f', '-'], `${deletion(table)}${tableText(table, chains)}`, `write the table "${table}"`);
}

/** A table that is not there counts as deleted. @throws NftError */
export function deleteTable(table: string): void {
  runNft(['-f', '-'], deletion(table), `delete the table "${table}"`);
}

/** Of all tables in this network namespace that nft can see. @throws NftError */
export function listChains(): ListedChain[] {
  return parseChains(runNft(['-n', 'list', 'chains'], '', 'list chains'));
}

/** @returns the text in quotes. @throws NftError 'bad-text' for what nft would take for more than that text */
export function nftText(text: string): string {
  if (/^[^"\\*\p{C}]+$/u.test(text)) return `"${text}"`;
  throw new NftError('bad-text', `${JSON.stringify(text)} cannot be written in a rule of nft`);
}

/** Creating it first makes deleting it right in either case. */
function deletion(table: string): string {
  return `table inet ${table}\ndelete table inet ${table}\n`;
}

/** What `replaceTable` hands to nft after the deletion. */
export function tableText(table: string, chains: readonly NftChain[]): string {
  return `table inet ${table} {\n${chains.map(chainText).join('')}}\n`;
}

function chainText({ name, hook, rules }: NftChain): string {
  const lines = [`${hook}; policy accept;`, ...rules].map((line) => `    ${line}\n`);
  return `  chain ${name} {\n${lines.join('')}  }\n`;
}

/** Reads what `nft -n list chains` prints. */
export function parseChains(listing: string): ListedChain[] {
  const chains: ListedChain[] = [];
  let [family, table, name] = ['', '', ''];
  for (const line of listing.split('\n')) {
    const head = /^table (\S+) (\S+) \{/.exec(line);
    const chain = /^\s+chain (\S+) \{/.exec(line);
    const hook = /^\s+type \S+ hook (\S+) .*?(policy drop)?;?\s*$/.exec(line);
    if (head !== null) [, family = '', table = ''] = head;
    if (chain !== null) [, name = ''] = chain;
    if (hook !== null) chains.push({ family, table, name, hook: hook[1] ?? '', policy: hook[2] ? 'drop' : 'accept' });
  }
  return chains;
}

/** @returns what it printed */
function runNft(args: readonly string[], input: string, attempt: string): string {
  const outcome = runSystemProgram('nft', args, input);
  if (outcome === undefined)
    throw new NftError(
      'missing-program',
      `cannot ${attempt}: there is no program "nft"; install the package "nftables"`,
    );
  const { failure, stderr, stdout } = outcome;
  if (failure !== undefined) throw new NftError('failed', `cannot ${attempt}: ${complaintOf(stderr) ?? failure}`);
  return stdout;
}

/** The first line says it; those behind it draw arrows below the script. */
function complaintOf(stderr: string): string | undefined {
  const line = stderr.split('\n').find((each) => each.includes('rror'));
  return line === undefined ? undefined : `nft says "${line.replace(/^.*Error: /, '')}"`;
}
