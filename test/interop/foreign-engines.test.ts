/**
 * Our daemon against other implementations, in namespaces. All tunnels come up first and stay up, so
 * that the two minutes until a rekey are waited for once and not per scenario.
 */
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { onlyPeer } from '../support/engines/engine-adapter.ts';
import { PingMonitor, ping } from '../support/ping.ts';
import { roam } from '../support/roaming.ts';
import { Scope } from '../support/scope.ts';
import { transfer } from '../support/transfer.ts';
import type { TunnelPair } from '../support/tunnel-pair.ts';
import { startPair, waitForHandshake } from '../support/tunnel-pair.ts';
import { waitFor } from '../support/wait.ts';
import type { Scenario } from './scenarios.ts';
import { SCENARIOS } from './scenarios.ts';

const MEBIBYTE = 1024 * 1024;
const TRANSFER_BYTES = process.env.AWG_VPN_LONG === '1' ? 1024 * MEBIBYTE : 256 * MEBIBYTE;

/** An initiator replaces a session of REKEY_AFTER_TIME (120 s) on the next packet; with room for a lost one. */
const REKEY_DEADLINE_MS = 150_000;

const scope = new Scope();
const pairs = new Map<Scenario, TunnelPair>();

function pairOf(scenario: Scenario): TunnelPair {
  const pair = pairs.get(scenario);
  assert.ok(pair !== undefined, 'the tunnel did not come up');
  return pair;
}

/** A test per scenario; with `concurrency` they run side by side. */
function forEachScenario(title: string, concurrency: number, body: (scenario: Scenario) => Promise<void>): void {
  describe(title, { concurrency }, () => {
    for (const scenario of SCENARIOS) test(`${title}: ${scenario.name}`, { skip: scenario.skip }, () => body(scenario));
  });
}

after(() => scope.close());

forEachScenario('handshake', 1, async (scenario) => {
  const pair = await startPair(scope, scenario.pair);
  await waitForHandshake(pair.initiator, pair.responder);
  pairs.set(scenario, pair);
});

forEachScenario('ping, both families, both ways', 1, async (scenario) => {
  const { initiator, responder } = pairOf(scenario);
  for (const [from, to] of [
    [initiator, responder],
    [responder, initiator],
  ] as const) {
    for (const family of [4, 6] as const) {
      for (const size of [0, 56, 1300]) {
        const probe = { count: 3, intervalSeconds: 0.05, size };
        const areAllAnswered = async (): Promise<boolean> =>
          (await ping(from.host.namespace, to.inner[family], probe)).received === probe.count;
        // On a busy machine an answer may come after ping has stopped waiting.
        await waitFor(`three of three answers, IPv${family} with ${size} bytes`, areAllAnswered, { timeoutMs: 20_000 });
      }
    }
  }
});

forEachScenario('checksummed TCP both ways', 1, async (scenario) => {
  const { initiator, responder } = pairOf(scenario);
  const crossed = scenario.pair.outer === 4 ? 6 : 4;
  const directions = [
    { from: initiator, to: responder, inner: scenario.pair.outer },
    { from: responder, to: initiator, inner: crossed },
  ] as const;
  for (const { from, to, inner } of directions) {
    const { sent, received } = await transfer(scope, from, to, { inner, bytes: TRANSFER_BYTES });
    assert.equal(received.bytes, TRANSFER_BYTES);
    assert.equal(received.sha256, sent.sha256);
  }
});

forEachScenario('rekey under traffic', SCENARIOS.length, async (scenario) => {
  const { initiator, responder } = pairOf(scenario);
  const first = (await onlyPeer(initiator.tunnel)).latestHandshake;
  const monitor = new PingMonitor(scope, initiator.host.namespace, responder.inner[6], 0.5);
  const isRekeyed = async (): Promise<boolean> => {
    const handshakes = [await onlyPeer(initiator.tunnel), await onlyPeer(responder.tunnel)];
    return handshakes.every((peer) => peer.latestHandshake >= first + 100);
  };
  await waitFor('a second handshake at both ends', isRekeyed, { timeoutMs: REKEY_DEADLINE_MS, intervalMs: 2000 });
  const { sent, received } = await monitor.finish();
  assert.ok(received > 0 && received >= sent - 1, `${sent - received} of ${sent} pings were lost`);
});

forEachScenario('roaming to another address and port', 1, async (scenario) => {
  const { initiator, responder } = pairOf(scenario);
  await roam(initiator, responder, scenario.pair.outer);
  await roam(responder, initiator, scenario.pair.outer);
});
