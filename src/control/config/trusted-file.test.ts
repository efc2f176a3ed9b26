import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { distrustOf } from './trusted-file.ts';

/** Whoever runs the tests stands for root. */
const OWNER = process.getuid?.() ?? 0;

test('a file is trusted when nobody else can write it or put another one into its place', (context) => {
  // Below /tmp, which everybody can write; but it is sticky.
  const directory = mkdtempSync(join(tmpdir(), 'awg-trust-'));
  context.after(() => rmSync(directory, { recursive: true }));
  const inner = join(directory, 'inner');
  mkdirSync(inner);
  const path = join(inner, 'wg0.conf');
  writeFileSync(path, '', { mode: 0o644 });
  const distrust = (): string | undefined => distrustOf(path, statSync(path), OWNER);
  assert.equal(distrust(), undefined);
  for (const mode of [0o620, 0o602, 0o666]) {
    chmodSync(path, mode);
    assert.equal(distrust(), `${path} can be written by others than its owner`);
  }
  chmodSync(path, 0o600);
  chmodSync(directory, 0o770);
  assert.equal(distrust(), `the directory ${directory} can be written by others than its owner`);
  chmodSync(directory, 0o1777);
  assert.equal(distrust(), undefined, 'nobody else can rename what is in there');
});

test('a file of somebody else is not trusted', () => {
  const file = Object.assign(statSync('/'), { uid: 12345, mode: 0o100600 });
  assert.equal(distrustOf('/wg0.conf', file), '/wg0.conf belongs to the user 12345');
  assert.equal(distrustOf('/wg0.conf', file, 12345), undefined);
});
