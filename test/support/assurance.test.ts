import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { writeAssurance } from './assurance.ts';

const PROGRAM = resolve('tools/assurance.mjs');

function inFolder(action: (folder: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'awg-assurance-'));
  try {
    for (const each of ['assurance', 'docs']) mkdirSync(join(folder, each));
    action(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function make(folder: string): { status: number | null; stderr: string } {
  return spawnSync(process.execPath, [PROGRAM], { cwd: folder, encoding: 'utf8' });
}

test('the page has a row for each that was recorded, and a pipe does not break its table', () => {
  inFolder((folder) => {
    const row = { what: 'this | that', figure: '7', command: 'npm run it' };
    writeAssurance('some', 'Some section', [row], join(folder, 'assurance'));
    assert.equal(make(folder).status, 0);
    const page = readFileSync(join(folder, 'docs/assurance.md'), 'utf8');
    assert.match(page, /^## Some section$/m);
    assert.match(page, /^\| this \\\| that \| 7 \| `npm run it` \| \d{4}-\d\d-\d\d \|$/m);
  });
});

test('a file that is not as it should be is named, and the page stays what it was', () => {
  for (const [content, complaint] of [
    ['{', /odd\.json: .*JSON/],
    ['{"format": 2}', /odd\.json: the format is 2, not 1/],
    ['{"format": 1, "section": "x"}', /odd\.json: section or rows are missing/],
    ['{"format": 1, "section": "x", "rows": [{"what": "w"}]}', /odd\.json: a row has no 'figure': \{"what":"w"\}/],
  ] as const) {
    inFolder((folder) => {
      writeFileSync(join(folder, 'assurance/odd.json'), content);
      writeFileSync(join(folder, 'docs/assurance.md'), 'as it was');
      const { status, stderr } = make(folder);
      assert.equal(status, 1);
      assert.match(stderr, complaint);
      assert.equal(readFileSync(join(folder, 'docs/assurance.md'), 'utf8'), 'as it was');
    });
  }
});
