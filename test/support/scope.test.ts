import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Scope } from './scope.ts';

test('what was made last is undone first', async () => {
  const scope = new Scope();
  const undone: string[] = [];
  scope.defer('namespace', () => void undone.push('namespace'));
  scope.defer('daemon', async () => void undone.push('daemon'));
  await scope.close();
  assert.deepEqual(undone, ['daemon', 'namespace']);
  await scope.close();
  assert.equal(undone.length, 2);
});

test('a failure does not keep the rest from being undone, and is reported', async () => {
  const scope = new Scope();
  let undone = false;
  scope.defer('namespace', () => {
    undone = true;
  });
  scope.defer('daemon', () => Promise.reject(new Error('it hangs')));
  await assert.rejects(scope.close(), /clean-up of daemon failed/);
  assert.ok(undone);
});

test('while the process exits, the synchronous halves run, whatever one of them throws', () => {
  const scope = new Scope();
  const undone: string[] = [];
  const never = (): never => assert.fail('not at exit');
  scope.defer('namespace', never, () => void undone.push('namespace'));
  scope.defer('folder', never);
  scope.defer('daemon', never, () => {
    undone.push('daemon');
    throw new Error('already gone');
  });
  scope.closeAtExit();
  assert.deepEqual(undone, ['daemon', 'namespace']);
});
