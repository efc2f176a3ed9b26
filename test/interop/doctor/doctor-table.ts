/** What doctor found, as the table in docs/doctor.md. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { DoctorReport, NotedFinding } from '../../../src/control/doctor/report.ts';
import type { Mismatch } from './mismatches.ts';

const BEGIN = '<!-- written by test/interop/doctor.test.ts -->';
const END = '<!-- end -->';

export class DoctorTable {
  /** BOUNDED by the mismatches. */
  readonly #rows = new Map<Mismatch, string>();

  add(mismatch: Mismatch, report: DoctorReport): void {
    const { role, release, name, args = [], underLoad } = mismatch;
    const how = [...args, ...(underLoad === true ? ['peer flooded'] : [])].join(', ');
    this.#rows.set(mismatch, `| ${role} | ${release} | ${name} | ${how} | ${resultOf(report)} |`);
  }

  /** Into the place for it, where the file has one. */
  write(path: string, order: readonly Mismatch[]): void {
    const head = ['| Doctor as | amneziawg-go | What differs | How | Result |', '| --- | --- | --- | --- | --- |'];
    const rows = order.flatMap((mismatch) => this.#rows.get(mismatch) ?? []);
    const table = `${BEGIN}\n\n${[...head, ...rows].join('\n')}\n\n${END}`;
    const text = existsSync(path) ? readFileSync(path, 'utf8') : `${BEGIN}${END}\n`;
    writeFileSync(path, `${text.slice(0, text.indexOf(BEGIN))}${table}${text.slice(text.indexOf(END) + END.length)}`);
  }
}

function resultOf({ peers, others, healthy, seconds }: DoctorReport): string {
  const findings = [...peers, ...others].flatMap((each) => each.findings);
  if (findings.length > 0) return findings.map(cell).join('; ');
  if (healthy) return `works, after ${seconds} s`;
  return `${peers.map(({ state }) => state).join(', ')}, and what that can be`;
}

function cell({ parameter, ours, theirs, certainty, after }: NotedFinding): string {
  const isKey = parameter.endsWith('Key');
  const values = isKey ? (theirs.endsWith('=') ? 'unknown here' : theirs) : `${theirs}, not ${ours}`;
  return `${parameter}: ${values} (${certainty}, ${after} s)`;
}
