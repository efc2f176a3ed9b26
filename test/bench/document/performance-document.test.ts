import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Figure } from '../results/figure.ts';
import type { RunReport } from '../results/run-report.ts';
import { renderDocument } from './performance-document.ts';

const MACHINE = {
  cpu: 'Fast CPU',
  cores: 2,
  memoryGiB: 8,
  virtual: true,
  system: 'Debian',
  kernel: '6.18',
  node: 'v24.0.0',
  congestionControl: 'bbr',
  load: 0.1,
};

function sealing(rounds: readonly number[]): Figure {
  const measure = { name: 'seal 1420', unit: 'ns', better: 'lower' } as const;
  return { section: 'kernel', table: 'AEAD', subject: 'wasm-simd', measure, rounds };
}

function report(date: string, figures: readonly Figure[], flames: RunReport['flames'] = []): RunReport {
  return {
    format: 1,
    date,
    machine: MACHINE,
    settings: { rounds: 3 },
    versions: { other: 'other 1.0' },
    figures,
    flames,
  };
}

test('tells the machine, the settings and who took part, for each file', () => {
  const text = renderDocument([{ file: 'a.json', report: report('2026-01-02T03:04:05Z', [sealing([1000])]) }]);
  assert.match(
    text,
    /\*\*a\.json\*\*, 2026-01-02: Fast CPU, 2 cores \(virtual\), 8 GiB; Debian, Linux 6\.18, Node v24/,
  );
  assert.match(text, /Settings: rounds 3\. Took part: other 1\.0\./);
});

test('has the sections that there are figures of, and no others', () => {
  const text = renderDocument([{ file: 'a.json', report: report('2026-01-02', [sealing([1000])]) }]);
  const headings = [...text.matchAll(/^## (.*)$/gm)].map(([, title]) => title);
  assert.deepEqual(headings, ['Where the figures come from', 'Kernels']);
});

test('a figure measured twice is that of the later run, whatever the files are called', () => {
  const late = { file: 'a.json', report: report('2026-02-01', [sealing([900])]) };
  const early = { file: 'b.json', report: report('2026-01-01', [sealing([1000])]) };
  const text = renderDocument([late, early]);
  assert.match(text, /\| wasm-simd \| 900 \|/);
  assert.doesNotMatch(text, /\| 1,000 \|/);
});

test('a profile becomes a picture beside its section', () => {
  const flames = [{ title: 'Way out, profile null', stacks: [{ stack: ['moveOut'], weight: 1 }] }];
  const figure: Figure = { ...sealing([10]), section: 'path' };
  const text = renderDocument([{ file: 'a.json', report: report('2026-01-02', [figure], flames) }]);
  assert.match(text, /!\[Way out, profile null\]\(performance\/way-out-profile-null\.svg\)/);
});

test('says which goals are met', () => {
  const measure = { name: '1 stream', unit: 'Gbit/s', better: 'higher' } as const;
  const tcp = (subject: string, rounds: readonly number[]): Figure => ({
    section: 'tunnel',
    table: 'TCP',
    subject,
    measure,
    rounds,
  });
  const figures = [tcp('awg-vpn', [3]), tcp('wireguard-go', [2])];
  const text = renderDocument([{ file: 'a.json', report: report('2026-01-02', figures) }]);
  assert.match(text, /\| TCP, 1 stream \| at least 2 x \| 1\.50 x \| wireguard-go \| \*\*no\*\* \|/);
});
