/**
 * `awg-vpn doctor` against amneziawg-go: one wrong parameter at a time, from either end. The table goes to
 * dist/doctor.md, or into the file that AWG_VPN_DOCTOR_REPORT names, which is how docs/doctor.md got its.
 */
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { DoctorReport } from '../../src/control/doctor/report.ts';
import { namespacesUnavailable } from '../support/network-namespace.ts';
import { Scope } from '../support/scope.ts';
import { DoctorTable } from './doctor/doctor-table.ts';
import type { Mismatch } from './doctor/mismatches.ts';
import { MISMATCHES } from './doctor/mismatches.ts';
import { examine } from './doctor/patient.ts';
import { isLeftOut, missing } from './generations/rows.ts';

const REPORT_PATH = process.env.AWG_VPN_DOCTOR_REPORT ?? fileURLToPath(new URL('../../doctor.md', import.meta.url));

/** They wait most of the time. */
const AT_ONCE = 4;

const table = new DoctorTable();
const present = MISMATCHES.filter(({ release }) => !isLeftOut(release));

after(() => table.write(REPORT_PATH, MISMATCHES));

function nameOf({ role, release, name, args = [] }: Mismatch): string {
  return [`${name} differs, doctor as ${role}, amneziawg-go ${release}`, ...args].join(' ');
}

async function check(mismatch: Mismatch): Promise<void> {
  const scope = new Scope();
  try {
    const report = await examine(scope, mismatch);
    table.add(mismatch, report);
    judge(mismatch, report);
  } finally {
    await scope.close();
  }
}

function judge({ expected }: Mismatch, report: DoctorReport): void {
  const findings = [...report.peers, ...report.others].flatMap((each) => each.findings);
  const shown = JSON.stringify(report, null, 1);
  assert.equal(report.healthy, expected === 'healthy', shown);
  if (typeof expected === 'string') {
    assert.deepEqual(findings, [], shown);
    assert.equal(report.peers[0]?.state, expected === 'healthy' ? 'works' : 'no-answer', shown);
    return;
  }
  assert.deepEqual(
    findings.map(({ parameter }) => parameter),
    [expected.found],
    shown,
  );
  assert.match(findings[0]?.theirs ?? '', expected.theirs, shown);
}

describe('doctor names the one parameter that differs, and no other', { concurrency: AT_ONCE }, () => {
  for (const mismatch of present.filter(({ underLoad }) => underLoad !== true)) {
    const skip = namespacesUnavailable() ?? missing(mismatch.release) ?? false;
    test(nameOf(mismatch), { skip }, () => check(mismatch));
  }
});

describe('doctor reads a cookie reply of a peer under load', { concurrency: 1 }, () => {
  for (const mismatch of present.filter(({ underLoad }) => underLoad === true)) {
    const skip = namespacesUnavailable() ?? missing(mismatch.release) ?? false;
    test(nameOf(mismatch), { skip }, () => check(mismatch));
  }
});
