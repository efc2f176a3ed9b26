/**
 * All generations of AmneziaWG, each against a release that speaks it. The tunnels of the matrix come
 * up first and stay, so that the two minutes until a rekey are waited for once; other parameters have
 * short-lived tunnels of their own. What was found goes to dist/interop.md, or where
 * AWG_VPN_INTEROP_REPORT says; docs/interop.md is such a report with every row in it.
 */
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { onlyPeer } from '../support/engines/engine-adapter.ts';
import { namespacesUnavailable } from '../support/network-namespace.ts';
import { PingMonitor } from '../support/ping.ts';
import { roam } from '../support/roaming.ts';
import { Scope } from '../support/scope.ts';
import { transfer } from '../support/transfer.ts';
import type { TunnelPair } from '../support/tunnel-pair.ts';
import { startPair, waitForHandshake } from '../support/tunnel-pair.ts';
import { sleep, waitFor } from '../support/wait.ts';
import { handshakeUnderLoad } from './generations/cookies.ts';
import { observeKeepalives } from './generations/keepalives.ts';
import type { Check } from './generations/report.ts';
import { InteropReport, missingProgram } from './generations/report.ts';
import type { Row } from './generations/rows.ts';
import { isLeftOut, missing, pairOptions, ROWS } from './generations/rows.ts';
import type { Variant } from './generations/variant.ts';
import { VARIANTS } from './generations/variants.ts';

const MEBIBYTE = 1024 * 1024;
const TRANSFER_BYTES = process.env.AWG_VPN_LONG === '1' ? 1024 * MEBIBYTE : 256 * MEBIBYTE;
const REPORT_PATH = process.env.AWG_VPN_INTEROP_REPORT ?? fileURLToPath(new URL('../../interop.md', import.meta.url));

const PING_INTERVAL_SECONDS = 1;

/** Tunnels that are flooded, or short-lived, at one time: they need the processor. */
const AT_ONCE = 3;

const scope = new Scope();
const report = new InteropReport();
const tunnels = new Map<Row, Tunnel>();

interface Tunnel {
  readonly pair: TunnelPair;
  /** Unix seconds of the handshake that the next one is measured from. */
  readonly establishedAt: number;
}

after(async () => {
  await scope.close();
  await report.write(REPORT_PATH);
});

function skipReason(release: Row['profile']['release']): string | false {
  return namespacesUnavailable() ?? missingProgram() ?? missing(release) ?? false;
}

/** A test per row, side by side with `concurrency`; rows of a release that cannot be expected here are no tests. */
function forEachRow(check: Check, concurrency: number, body: (row: Row) => Promise<string>): void {
  describe(check, { concurrency }, () => {
    for (const row of ROWS.filter(({ profile }) => !isLeftOut(profile.release))) {
      const skip = skipReason(row.profile.release);
      test(`${check}: ${row.name}`, { skip }, () => report.keep(row, check, () => body(row)));
    }
  });
}

function tunnelOf(row: Row): Tunnel {
  const tunnel = tunnels.get(row);
  assert.ok(tunnel !== undefined, 'the tunnel did not come up');
  return tunnel;
}

async function inNewScope(body: (own: Scope) => Promise<string>): Promise<string> {
  const own = new Scope();
  try {
    return await body(own);
  } finally {
    await own.close();
  }
}

forEachRow('handshake', 2, async (row) => {
  const { low, high } = row.profile.persistent;
  const pair = await startPair(scope, {
    ...pairOptions(row),
    initiatorKeepalive: low === high ? low : `${low}-${high}`,
  });
  await waitForHandshake(pair.initiator, pair.responder);
  await keepTunnel(row, pair);
  return 'yes';
});

async function keepTunnel(row: Row, pair: TunnelPair): Promise<void> {
  tunnels.set(row, { pair, establishedAt: (await onlyPeer(pair.initiator.tunnel)).latestHandshake });
}

forEachRow('keepalives', ROWS.length, async (row) => {
  const { pair } = tunnelOf(row);
  const { passive, persistent } = await observeKeepalives(scope, pair, row.outer, row.profile);
  await keepTunnel(row, pair);
  return [passive.responder, passive.initiator, persistent].map((seconds) => seconds.toFixed(1)).join(', ');
});

/**
 * amneziawg-go notes that it has sent data after it has sent it. An answer may be quicker, and then it
 * waits for one in vain and begins a new session after 15 s, unless something else arrives: see to that.
 */
test('no tunnel is idle from here on', () => {
  for (const { pair } of tunnels.values())
    new PingMonitor(scope, pair.initiator.host.namespace, pair.responder.inner[4], PING_INTERVAL_SECONDS);
});

forEachRow('transfer', 1, async (row) => {
  const { initiator, responder } = tunnelOf(row).pair;
  for (const [from, to, inner] of [
    [initiator, responder, 4],
    [responder, initiator, 6],
  ] as const) {
    const { sent, received } = await transfer(scope, from, to, { inner, bytes: TRANSFER_BYTES });
    assert.equal(received.bytes, TRANSFER_BYTES);
    assert.equal(received.sha256, sent.sha256);
  }
  return `${TRANSFER_BYTES / MEBIBYTE} MiB`;
});

/** Lateness that load on this machine explains, in seconds, and what reports in whole seconds hide. */
const LATENESS = 8;
const ROUNDING = 1;

forEachRow('rekey', ROWS.length, async (row) => {
  const { pair, establishedAt } = tunnelOf(row);
  const { initiator, responder } = pair;
  const { low, high } = row.profile.rekey;
  const monitor = new PingMonitor(scope, initiator.host.namespace, responder.inner[6], 0.5);
  // A tunnel that has renewed its session several times by now is watched from one time to the next.
  const first = high < 60 ? await nextHandshake(pair, Date.now() / 1000 - ROUNDING, high) : establishedAt;
  const second = await nextHandshake(pair, first + low - ROUNDING, high);
  await sleep(1000);
  const { sent, received } = await monitor.finish();
  assert.ok(received > 0 && received >= sent - 1, `${sent - received} of ${sent} pings were lost`);
  const logs = [initiator, responder].map(({ tunnel }) => tunnel.process.output).join('');
  assert.ok(second - first <= high + LATENESS, `the next handshake came after ${second - first} s\n${logs}`);
  return `${second - first} s`;
});

/** Unix seconds of a handshake that both ends report, at `earliest` or later. */
async function nextHandshake({ initiator, responder }: TunnelPair, earliest: number, seconds: number): Promise<number> {
  const timeoutMs = (seconds + 2 * LATENESS) * 1000;
  return waitFor(
    'a further handshake at both ends',
    async () => {
      const times = [await onlyPeer(initiator.tunnel), await onlyPeer(responder.tunnel)];
      return times.every((peer) => peer.latestHandshake >= earliest) && times[0].latestHandshake;
    },
    { timeoutMs, intervalMs: 1000 },
  );
}

forEachRow('roaming', 1, async (row) => {
  const { initiator, responder } = tunnelOf(row).pair;
  await roam(initiator, responder, row.outer);
  await roam(responder, initiator, row.outer);
  return 'both ends';
});

test('the tunnels of the matrix are gone before others are flooded', () => scope.close());

forEachRow('cookie', AT_ONCE, (row) =>
  inNewScope(async (own) => {
    const pair = await startPair(own, pairOptions(row));
    const options = { outer: row.outer, expectCookies: true };
    const seen = await handshakeUnderLoad(own, pair, row.profile.shared, options);
    assert.ok(seen.cookieReplies > 0, 'no cookie for the initiator');
    assert.ok(seen.initiationsWithCookie > 0, 'no initiation with mac2');
    assert.ok(seen.responses > 0, 'no response');
    return 'mac2 at the next attempt';
  }),
);

function testVariant(variant: Variant): void {
  const { name, generation, release, initiator } = variant;
  const title = `AWG ${generation}, amneziawg-go ${release}, ${initiator} initiates: ${name}`;
  test(title, { skip: skipReason(release) }, () => report.keep(variant, 'result', () => inNewScope(variant.run)));
}

describe('variants', { concurrency: AT_ONCE }, () => {
  for (const variant of VARIANTS.filter(({ release }) => !isLeftOut(release))) testVariant(variant);
});

test('what was left out is said', (context) => {
  const sentence = report.leftOut();
  if (sentence !== undefined) context.diagnostic(sentence);
});
