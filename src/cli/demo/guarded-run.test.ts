import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runGuarded } from './guarded-run.ts';

test('steps are undone at the end and after a failure', async () => {
  const log: string[] = [];
  assert.equal(
    await runGuarded(async (undo) => {
      undo.push(() => void log.push('undone'));
      return 'result';
    }),
    'result',
  );
  const failing = runGuarded(async (undo) => {
    undo.push(() => void log.push('undone too'));
    throw new RangeError('no');
  });
  await assert.rejects(failing, RangeError);
  assert.deepEqual(log, ['undone', 'undone too']);
});

test('a signal interrupts work that does not look up, and still cleans up', async () => {
  let undone = false;
  // Waiting for a signal alone does not keep a process running.
  const alive = setInterval(() => undefined, 1000);
  const run = runGuarded(async (undo) => {
    undo.push(() => {
      undone = true;
    });
    process.kill(process.pid, 'SIGTERM');
    await new Promise(() => undefined);
  });
  await assert.rejects(run, { name: 'DemoError', code: 'interrupted' });
  clearInterval(alive);
  assert.equal(undone, true);
});

test('what cannot be cleaned up is a failure', async () => {
  const run = runGuarded(async (undo) => {
    undo.push(() => {
      throw new Error('stuck');
    });
  });
  await assert.rejects(run, { code: 'not-cleaned-up', message: 'cleaning up: stuck' });
});
