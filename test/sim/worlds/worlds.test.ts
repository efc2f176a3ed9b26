/** Simulated worlds, as many as fit into every test run; `.ci/run` lives through a thousand hours of them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DROP } from '../../../src/protocol/drop-reason.ts';
import { runSimulations } from '../../soak/sim/sim-run.ts';
import { DISGUISES } from './disguises.ts';
import { happen } from './happenings.ts';
import type { Scenario } from './scenario.ts';
import { World } from './world.ts';

test('forty hours of trouble of every kind, and nothing happens that must not', async (context) => {
  const sum = await runSimulations({ hours: 40, minutes: 10, workers: 2, seed: 1 }, () => undefined);
  assert.deepEqual(sum.failed, [], 'see it again with: npm run soak -- --only-seed N');
  const { outcome, scenarios, minutes } = sum;
  assert.ok(outcome.lived >= 40 * 3_600_000);
  assert.ok(outcome.recoveries > 50 && outcome.handshakes > 1000 && outcome.packets > 10_000);
  context.diagnostic(`${scenarios} worlds, ${outcome.packets} packets, ${(60 * minutes).toFixed(0)} s`);
});

test('a flood of a world is one: everybody is asked for a cookie, and then let in', () => {
  for (const disguise of DISGUISES) {
    const flood = { at: 1000, kind: 'flood', host: 0, messages: 900 } as const;
    const links = [{ client: 1, server: 0, keepalive: 0, psk: false }];
    const scenario: Scenario = { seed: 1, disguise, hosts: [{}, {}], links, duration: 8000, events: [flood] };
    const world = new World(scenario);
    world.advanceTo(1000);
    happen(world, flood);
    world.advanceTo(1001);
    assert.ok(world.hosts[0].whole.engine.counters().drops[DROP['cookie-sent']] > 500, disguise);
    happen(world, { at: 1001, kind: 'talk', link: 0, packets: 1, gap: 1, bytes: 20, way: 'answered' });
    world.advanceTo(1500);
    assert.equal(world.conversations.delivered, 0, disguise);
    world.advanceTo(8000);
    assert.equal(world.conversations.delivered, 2, disguise);
  }
});
