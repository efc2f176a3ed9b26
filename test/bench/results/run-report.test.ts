import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { describeMachine } from './machine.ts';
import type { RunReport } from './run-report.ts';
import { readReport, renderReport, writeReport } from './run-report.ts';

const folder = mkdtempSync(join(tmpdir(), 'awg-vpn-bench-'));
after(() => rmSync(folder, { recursive: true }));

const REPORT: RunReport = {
  format: 1,
  date: '2026-01-02T03:04:05.000Z',
  machine: describeMachine(),
  settings: { rounds: 2, offloads: 'on' },
  versions: { other: 'other 1.0' },
  figures: [
    {
      section: 'kernel',
      table: 'AEAD',
      subject: 'wasm-simd',
      measure: { name: 'seal 64', unit: 'ns', better: 'lower', floor: 2 },
      rounds: [123.456789, 0.000123456],
      yardstick: { name: 'OpenSSL', rounds: [1000, 1001] },
    },
  ],
  flames: [{ title: 'out', stacks: [{ stack: ['a', 'b'], weight: 0.5 }] }],
};

test('a report comes back as it was written, with as many digits as mean something', () => {
  const path = join(folder, 'report.json');
  writeReport(path, REPORT);
  const back = readReport(path);
  assert.deepEqual(back.figures[0]?.rounds, [123.5, 0.0001235]);
  assert.deepEqual({ ...back, figures: [] }, { ...REPORT, figures: [] });
});

test('a figure takes one line', () => {
  const lines = renderReport(REPORT).split('\n');
  assert.equal(lines.filter((line) => line.includes('"seal 64"')).length, 1);
  assert.ok(lines.find((line) => line.includes('"seal 64"'))?.includes('[123.5,0.0001235]'));
});

test('what is no report is refused by name', () => {
  const path = join(folder, 'other.json');
  assert.throws(() => readReport(path), /other\.json cannot be read/);
  writeFileSync(path, '{"format": 2}');
  assert.throws(() => readReport(path), /other\.json is no result of this bench/);
});
