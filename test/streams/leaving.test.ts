/** A process may end without stopping its hub, in the middle of traffic, and ends as it wanted to. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';

const skip = process.platform !== 'linux' && 'Linux only';
const PROGRAM = new URL(
  import.meta.url.endsWith('.ts') ? './leaving-program.ts' : './leaving-program.js',
  import.meta.url,
);

test('process.exit in the middle of traffic', { skip }, () => {
  for (let round = 0; round < 5; round++) {
    const { status, signal, stderr } = spawnSync(process.execPath, [PROGRAM.pathname], { timeout: 60_000 });
    assert.deepEqual({ status, signal }, { status: 7, signal: null }, stderr.toString());
  }
});
