/**
 * A million datagrams of garbage at two daemons while TCP runs between them: nobody crashes, nothing
 * grows, the traffic goes on unharmed, and each datagram is accounted for by a reason.
 */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { TunnelReport } from '../../src/control/report.ts';
import type { DropReason } from '../../src/protocol/drop-reason.ts';
import { DROP_REASONS } from '../../src/protocol/drop-reason.ts';
import { Capture } from '../support/capture.ts';
import type { BackgroundProcess } from '../support/command.ts';
import { findProgram } from '../support/command.ts';
import { awgVpn, awgVpnEngine } from '../support/engines/awg-vpn.ts';
import { onlyPeer } from '../support/engines/engine-adapter.ts';
import { namespacesUnavailable } from '../support/network-namespace.ts';
import { ping } from '../support/ping.ts';
import { processUsage } from '../support/process-usage.ts';
import { Scope } from '../support/scope.ts';
import { transfer } from '../support/transfer.ts';
import type { TunnelEnd, TunnelPair } from '../support/tunnel-pair.ts';
import { LISTEN_PORT, startPair, waitForHandshake } from '../support/tunnel-pair.ts';
import type { ObfuscationKeys } from '../support/tunnel-settings.ts';
import type { Family } from '../support/wire.ts';
import { endpointText } from '../support/wire.ts';
import type { FloodOrder, FloodReport, ShapeOnWire } from './flood-order.ts';
import { LONGEST_GARBAGE } from './flood-order.ts';

const PROGRAM = fileURLToPath(new URL('./flood-program.js', import.meta.url));
const missing = ['tcpdump', 'tshark'].find((program) => findProgram(program) === undefined);
const skip =
  namespacesUnavailable() ??
  awgVpnEngine.unavailable() ??
  (missing === undefined ? false : `${missing} is not on PATH`);

const DATAGRAMS = 1_000_000;
const PER_SECOND = 40_000;
const FLOOD_LIMIT_MS = 60_000;
const MEBIBYTE = 1024 * 1024;
const TRANSFER_BYTES = 16 * MEBIBYTE;

/** What a daemon may grow by in all: heaps that find their size, buffers that are filled for the first time. */
const GROWTH_LIMIT_BYTES = 24 * MEBIBYTE;
/** And in the second half of the flood: what keeps growing then, leaks. */
const LATE_GROWTH_LIMIT_BYTES = 12 * MEBIBYTE;

/** A whole train counts as one where the kernel had no room for it. */
const LARGEST_TRAIN = 64;

/** Of initiation, response, cookie reply and transport message, in this order. */
const PLAIN: readonly ShapeOnWire[] = [1, 2, 3, 4].map((type) => ({ prefix: 0, low: type, high: type }));
/** Together all types but the four of WireGuard, so that most of the garbage passes for one message or another. */
const DISGUISED: readonly ShapeOnWire[] = [
  { prefix: 20, low: 5, high: 999_999_999 },
  { prefix: 33, low: 1_000_000_000, high: 1_999_999_999 },
  { prefix: 44, low: 2_000_000_000, high: 2_999_999_999 },
  { prefix: 17, low: 3_000_000_000, high: 4_294_967_295 },
];

function keysOf(shapes: readonly ShapeOnWire[]): ObfuscationKeys {
  const sizes = shapes.map(({ prefix }, index) => [`S${index + 1}`, prefix]);
  const types = shapes.map(({ low, high }, index) => [`H${index + 1}`, `${low}-${high}`]);
  return Object.fromEntries([...sizes, ...types, ['Jc', 3], ['Jmin', 40], ['Jmax', 90]]) as ObfuscationKeys;
}

/** Reasons that are about what leaves, or about what was let in; all others stand for a datagram from the wire. */
const OUTBOUND = new Set<DropReason>([
  'no-route',
  'no-endpoint',
  'staged-overflow',
  'malformed-frame',
  'counter-exhausted',
  'send-failed',
  'send-buffer-full',
  'tun-write-failed',
]);
const INBOUND = DROP_REASONS.filter((reason) => !OUTBOUND.has(reason));

/** What such a flood cannot but produce at either end, whatever the profile. */
const CERTAIN: readonly DropReason[] = [
  'too-short',
  'unknown-type',
  'bad-mac1',
  'unknown-index',
  'bad-tag',
  'replayed',
];

/** Real datagrams, from the handshake on, as a file of hex lines. */
async function recordSamples(scope: Scope, { initiator, responder }: TunnelPair): Promise<string> {
  const capture = await Capture.start(scope, responder.host, `udp port ${LISTEN_PORT}`);
  await waitForHandshake(initiator, responder);
  for (const size of [0, 64, 500, 1300]) {
    const { received } = await ping(initiator.host.namespace, responder.inner[4], {
      count: 10,
      intervalSeconds: 0.02,
      size,
    });
    assert.equal(received, 10, `pings of ${size} bytes`);
  }
  await capture.stop();
  const rows = await capture.fields('udp', ['udp.payload']);
  assert.ok(rows.length >= 40, `${rows.length} datagrams were recorded`);
  const path = join(dirname(capture.path), 'samples');
  writeFileSync(path, rows.map(([payload]) => payload).join('\n'));
  return path;
}

/** What is known of an end at one moment. */
interface Standing {
  readonly drops: TunnelReport['drops'];
  readonly inbound: number;
  /** Datagrams (or trains) that the kernel dropped because the socket's buffer was full. */
  readonly overflows: number;
  readonly residentBytes: number;
}

async function standingOf(end: TunnelEnd, outer: Family): Promise<Standing> {
  const { drops } = JSON.parse(await awgVpn(['show', end.tunnel.interfaceName, '--json'])) as TunnelReport;
  return {
    drops,
    inbound: INBOUND.reduce((sum, reason) => sum + (drops[reason] ?? 0), 0),
    overflows: await socketOverflows(end, outer),
    residentBytes: processUsage(end.tunnel.process.pid).residentBytes,
  };
}

/** The last column of /proc/net/udp for the socket of the daemon. */
async function socketOverflows(end: TunnelEnd, outer: Family): Promise<number> {
  const table = await end.host.namespace.run('cat', [outer === 4 ? '/proc/net/udp' : '/proc/net/udp6']);
  const port = `:${LISTEN_PORT.toString(16).toUpperCase()} `;
  const line = table.split('\n').find((text) => text.includes(port));
  assert.ok(line !== undefined, table);
  return Number(line.trim().split(/\s+/).at(-1));
}

/** Transfers in turn both ways until the flood is over; returns how many there were. */
async function transferWhile(flood: BackgroundProcess, scope: Scope, pair: TunnelPair): Promise<number> {
  const { initiator, responder } = pair;
  let count = 0;
  for (; !flood.hasExited; count += 1) {
    const [from, to] = count % 2 === 0 ? [initiator, responder] : [responder, initiator];
    await transferOnce(scope, from, to, count % 4 < 2 ? 4 : 6);
  }
  return count;
}

async function transferOnce(scope: Scope, from: TunnelEnd, to: TunnelEnd, inner: Family): Promise<void> {
  const { sent, received } = await transfer(scope, from, to, { inner, bytes: TRANSFER_BYTES });
  assert.deepEqual([received.bytes, received.sha256], [TRANSFER_BYTES, sent.sha256]);
}

interface FloodResult {
  readonly report: FloodReport;
  readonly transfers: number;
  /** Of each end, at half time. */
  readonly residentAtHalf: readonly number[];
}

async function flood(scope: Scope, pair: TunnelPair, order: FloodOrder): Promise<FloodResult> {
  const ends = [pair.initiator, pair.responder];
  const program = pair.initiator.host.namespace.spawn(process.execPath, [PROGRAM, JSON.stringify(order)], {}, scope);
  const residentAtHalf: number[] = [];
  const half = setTimeout(
    () => residentAtHalf.push(...ends.map((end) => processUsage(end.tunnel.process.pid).residentBytes)),
    (order.datagrams / order.perSecond) * 500,
  );
  const transfers = await transferWhile(program, scope, pair);
  clearTimeout(half);
  assert.equal(program.exitCode, 0, program.output);
  return { report: JSON.parse(program.output) as FloodReport, transfers, residentAtHalf };
}

/** Each datagram that was sent is under one of the reasons, or was lost where the kernel counts it. */
function assertAccounted(sent: number, before: Standing, after: Standing): void {
  const counted = after.inbound - before.inbound;
  const lost = (after.overflows - before.overflows) * LARGEST_TRAIN;
  const text = `${sent} sent, ${counted} counted, at most ${lost} lost: ${JSON.stringify(after.drops)}`;
  assert.ok(counted <= sent && counted >= sent - lost && counted > sent / 2, text);
  const unseen = CERTAIN.filter((reason) => (after.drops[reason] ?? 0) === (before.drops[reason] ?? 0));
  assert.deepEqual(unseen, [], text);
}

function assertBounded(before: Standing, residentAtHalf: number, after: Standing): void {
  const growth = after.residentBytes - before.residentBytes;
  const late = after.residentBytes - residentAtHalf;
  assert.ok(growth < GROWTH_LIMIT_BYTES, `grew by ${growth} bytes`);
  assert.ok(late < LATE_GROWTH_LIMIT_BYTES, `grew by ${late} bytes in the second half`);
}

/** Two daemons with the same disguise, and what a flood of them needs to know. */
interface Setting {
  readonly outer: Family;
  readonly shapes: readonly ShapeOnWire[];
  readonly obfuscation: ObfuscationKeys;
}

async function surviveFlood(scope: Scope, { outer, shapes, obfuscation }: Setting): Promise<void> {
  const engines = { initiator: awgVpnEngine, responder: awgVpnEngine };
  const keys = { initiatorObfuscation: obfuscation, responderObfuscation: obfuscation };
  const pair = await startPair(scope, { ...engines, ...keys, outer, mtu: 1380 });
  const ends = [pair.initiator, pair.responder] as const;
  const samples = await recordSamples(scope, pair);
  await transferOnce(scope, ends[0], ends[1], 4);
  await transferOnce(scope, ends[1], ends[0], 4);
  const before = await Promise.all(ends.map((end) => standingOf(end, outer)));
  const { report, transfers, residentAtHalf } = await flood(
    scope,
    pair,
    orderOf({ outer, shapes, obfuscation }, ends, samples),
  );
  const sent = report.sent.reduce((sum, datagrams) => sum + datagrams, 0);
  assert.deepEqual([sent, report.failed, report.lengths], [DATAGRAMS, 0, LONGEST_GARBAGE + 1]);
  assert.ok(transfers >= 4, `${transfers} transfers during the flood`);
  await transferOnce(scope, ends[0], ends[1], 6);
  for (const [index, end] of ends.entries()) {
    const after = await standingOf(end, outer);
    assertAccounted(report.sent[index] ?? 0, before[index], after);
    assertBounded(before[index], residentAtHalf[index] ?? 0, after);
    const peer = ends[1 - index];
    const { endpoint } = await onlyPeer(end.tunnel);
    assert.equal(endpoint, endpointText(peer.host.address[outer], LISTEN_PORT), 'replays move nobody');
  }
}

function orderOf({ outer, shapes }: Setting, ends: readonly TunnelEnd[], samples: string): FloodOrder {
  return {
    targets: ends.map((end) => end.host.address[outer]),
    port: LISTEN_PORT,
    datagrams: DATAGRAMS,
    perSecond: PER_SECOND,
    limitMilliseconds: FLOOD_LIMIT_MS,
    seed: 1,
    shapes,
    samples,
  };
}

describe('a million garbage datagrams under running TCP', { skip, concurrency: 1 }, () => {
  const settings: Readonly<Record<string, Setting>> = {
    'plain WireGuard over IPv4': { outer: 4, shapes: PLAIN, obfuscation: {} },
    'AmneziaWG 2.0 over IPv6': { outer: 6, shapes: DISGUISED, obfuscation: keysOf(DISGUISED) },
  };
  for (const [name, setting] of Object.entries(settings)) {
    test(name, async () => {
      const scope = new Scope();
      try {
        await surviveFlood(scope, setting);
      } finally {
        await scope.close();
      }
    });
  }
});
