/** Simulated worlds, as many as fit into every test run; `.ci/run` lives through a thousand hours of them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runSimulations } from '../../soak/sim/sim-run.ts';

test('forty hours of trouble of every kind, and nothing happens that must not', async (context) => {
  const sum = await runSimulations({ hours: 40, minutes: 10, workers: 2, seed: 1 }, () => undefined);
  assert.deepEqual(sum.failed, [], 'see it again with: npm run soak -- --only-seed N');
  const { outcome, scenarios, minutes } = sum;
  assert.ok(outcome.lived >= 40 * 3_600_000);
  assert.ok(outcome.recoveries > 50 && outcome.handshakes > 1000 && outcome.packets > 10_000);
  context.diagnostic(`${scenarios} worlds, ${outcome.packets} packets, ${(60 * minutes).toFixed(0)} s`);
});
