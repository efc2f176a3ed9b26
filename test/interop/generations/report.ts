/** Collects what the tests found, and writes it down as docs/interop.md has it: rows in the order of the tables. */
import { writeFileSync } from 'node:fs';
import { release as kernelRelease } from 'node:os';
import { findProgram } from '../../support/command.ts';
import { RELEASES } from '../../support/engines/amneziawg-releases.ts';
import { awgVpnEngine } from '../../support/engines/awg-vpn.ts';
import { isLeftOut, missing, ROWS } from './rows.ts';
import type { Variant } from './variant.ts';
import { VARIANTS } from './variants.ts';

export type Check = 'handshake' | 'transfer' | 'rekey' | 'keepalives' | 'cookie' | 'roaming';

const CHECKS: readonly Check[] = ['handshake', 'transfer', 'keepalives', 'rekey', 'cookie', 'roaming'];

/** Left where a test began and did not come to its end. */
const FAILED = '**failed**';
const NOT_RUN = 'not run';

export class InteropReport {
  /** BOUNDED by rows times checks, and variants. */
  readonly #cells = new Map<object, Map<string, string>>();

  /** Runs a check and keeps what it says, or that it failed. */
  async keep(subject: object, check: string, body: () => Promise<string>): Promise<void> {
    const cells = this.#cells.get(subject) ?? new Map<string, string>();
    this.#cells.set(subject, cells);
    cells.set(check, FAILED);
    cells.set(check, await body());
  }

  /** One sentence on what was left out, or undefined. */
  leftOut(): string | undefined {
    const absent = RELEASES.filter(isLeftOut);
    if (absent.length === 0) return undefined;
    const rows = ROWS.filter(({ profile }) => absent.includes(profile.release)).length;
    const variants = VARIANTS.filter(({ release }) => absent.includes(release)).length;
    const total = ROWS.length + VARIANTS.length;
    const why = absent.map((release) => missing(release)).join(', ');
    return `not run: ${rows + variants} of ${total} rows of docs/interop.md, because ${why}`;
  }

  async write(path: string): Promise<void> {
    const head = [...(await environment()), ...[this.leftOut() ?? []].flat().map((text) => `- ${text}`)];
    const text = [TITLE, ...head, MATRIX_TEXT, ...this.#matrix(), VARIANTS_TEXT, ...this.#variants(), ''].join('\n');
    writeFileSync(path, text);
  }

  #matrix(): string[] {
    const rows = ROWS.map((row) => {
      const { profile, initiator, outer } = row;
      const cells = CHECKS.map((check) => this.#cell(row, check));
      return [profile.generation, profile.release, initiator, `IPv${outer}`, ...cells];
    });
    return table(['AWG', 'amneziawg-go', 'Initiator', 'Outer', ...CHECKS.map((check) => HEADINGS[check])], rows);
  }

  #variants(): string[] {
    const rows = VARIANTS.map((variant: Variant) => {
      const { generation, release, name, initiator } = variant;
      return [generation, release, name, initiator, this.#cell(variant, 'result')];
    });
    return table(['AWG', 'amneziawg-go', 'What', 'Initiator', 'Result'], rows);
  }

  #cell(subject: object, check: string): string {
    return this.#cells.get(subject)?.get(check) ?? NOT_RUN;
  }
}

const HEADINGS: Readonly<Record<Check, string>> = {
  handshake: 'Handshake',
  transfer: 'Checksummed TCP',
  keepalives: 'Keepalives',
  rekey: 'Rekey',
  cookie: 'Cookie under load',
  roaming: 'Roaming',
};

const TITLE = `# Against real daemons

Written by \`test/interop/generations.test.ts\`; do not edit. awg-vpn in one network namespace, a release
of amneziawg-go in another, a virtual cable between them.

CI builds the releases before v3 from their Go modules and runs their rows every time. v3.1.20260814 is not
to be had from every module proxy, so CI leaves its rows out, says so in its summary, and they run where a
binary built from its source is on PATH: by hand, on the machine and the day named here. No release of 3.0
is among them; its rows are v3.1.20260814 with nothing of 3.1 switched on.
`;

const MATRIX_TEXT = `
## Every generation, each direction, both families

Each row is one tunnel. The initiator knows the responder's endpoint; the responder learns it.

- *Checksummed TCP*: that much each way, SHA-256 compared, IPv4 inside one way and IPv6 the other.
- *Keepalives*, from a capture: seconds until the responder's and the initiator's acknowledgement of data
  that nobody answers, and until the initiator's persistent keepalive.
- *Rekey*: seconds from one handshake to the next, both ends agreeing, under pings of which at most one is lost.
- *Cookie under load*: the responder is flooded with initiations from 200 addresses. The initiator gets a
  cookie, and its next initiation, with mac2, is answered; seen in a capture.
- *Roaming*: each end moves to another address, then to another port, and the other follows.
`;

const VARIANTS_TEXT = `
## Parameters by themselves

Short-lived tunnels over IPv4. *For comparison* marks what amneziawg-go makes of the same thing.

- *I1, I3, I5*, *J1-J3*: as captured; both ends must send the same for the same configuration, but for \`<c>\`:
  v0.2.13 counts everything that it sends in it, awg-vpn signature packets and junk. No receiver looks at it.
- *Trailers with unequal prefixes*: types so wide that about half of all data looks like a handshake message.
- *DisableCookies, responder under load*: the same flood as above.
`;

async function environment(): Promise<string[]> {
  const today = new Date().toISOString().slice(0, 10);
  const found = RELEASES.filter((release) => missing(release) === undefined);
  return [
    `- Date: ${today}`,
    `- ${await awgVpnEngine.version()}, Node ${process.version}, Linux ${kernelRelease().split('-')[0]}, ${process.arch}`,
    `- amneziawg-go: ${found.join(', ')}`,
  ];
}

function table(headings: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(headings), line(headings.map(() => '---')), ...rows.map(line)];
}

/** Programs that the tests need besides the daemons. */
export function missingProgram(): string | undefined {
  const program = ['tcpdump', 'nft', 'ping'].find((name) => findProgram(name) === undefined);
  return program === undefined ? undefined : `${program} is not on PATH`;
}
