/**
 * What others do to the stream listeners of a server must not hurt it or its peers: frames cut
 * anywhere, what is no frame, halves of frames, thousands of connections that say nothing, and a peer
 * that stops reading. Meanwhile a download goes on, and memory stays where it is.
 */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Download } from '../support/download.ts';
import { namespacesUnavailable } from '../support/network-namespace.ts';
import { ping } from '../support/ping.ts';
import { processUsage } from '../support/process-usage.ts';
import { Scope } from '../support/scope.ts';
import { transfer } from '../support/transfer.ts';
import { sleep, waitFor } from '../support/wait.ts';
import { PORTS } from './carrier-daemons.ts';
import type { CrowdedServer, DaemonHost } from './hostile/crowded-server.ts';
import { prepareCrowd } from './hostile/crowded-server.ts';
import type { HostileOrder, HostileReport } from './hostile/hostile-program.ts';

const skip = namespacesUnavailable();
const HOSTILE = fileURLToPath(new URL('./hostile/hostile-program.js', import.meta.url));
const SPLITTING = fileURLToPath(new URL('./hostile/splitting-proxy-program.js', import.meta.url));
const SPLIT_PORT = 4999;
const MEBIBYTE = 1 << 20;
const PACE = 2_500_000;
/** A server that is busy with others may be late, but not as late as somebody who waits notices. */
const LONGEST_GAP_MS = 1500;
const RSS_GROWTH_BYTES = 64 * MEBIBYTE;

function scenario(name: string, body: (scope: Scope, t: TestContext) => Promise<void>): void {
  test(name, { skip, timeout: 180_000 }, async (t) => {
    const scope = new Scope();
    try {
      await body(scope, t);
    } finally {
      await scope.close();
    }
  });
}

async function start({ server, clients }: CrowdedServer): Promise<void> {
  await server.tunnel.start();
  for (const client of clients) {
    await client.tunnel.start();
    await waitFor('an answer', async () => (await pingOnce(client, server)) > 0, { timeoutMs: 15_000 });
  }
}

async function pingOnce(from: DaemonHost, to: DaemonHost): Promise<number> {
  return (await ping(from.host.namespace, to.inner[4], { count: 1, timeoutSeconds: 1 })).received;
}

async function attack({ stranger, sources, target }: CrowdedServer, order: Attack): Promise<HostileReport> {
  const ports = [PORTS.tcp, PORTS.tls, PORTS.ws];
  const text = JSON.stringify({ address: target, ports, sources, ...order } satisfies HostileOrder);
  return JSON.parse(await stranger.run(process.execPath, [HOSTILE, text], { timeoutMs: 60_000 })) as HostileReport;
}

/** The most that the server used while `work` was going on, bytes. */
async function peakDuring<T>(server: DaemonHost, work: Promise<T>): Promise<{ result: T; peak: number }> {
  let peak = 0;
  const look = (): void => {
    peak = Math.max(peak, processUsage(server.tunnel.process.pid).residentBytes);
  };
  const timer = setInterval(look, 50);
  try {
    const result = await work;
    look();
    return { result, peak };
  } finally {
    clearInterval(timer);
  }
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(0)} MB`;
}

scenario('frames that are cut at every boundary carry a tunnel', async (scope) => {
  const crowd = await prepareCrowd(scope, SPLIT_PORT);
  const { server, clients } = crowd;
  const address = server.host.address[4];
  const proxy = [SPLITTING, address, String(SPLIT_PORT), address, String(PORTS.tcp)];
  const splitting = server.host.namespace.spawn(process.execPath, proxy, {}, scope);
  await waitFor('the proxy', () => splitting.output.includes('ready'), { explain: () => splitting.output });
  await start(crowd);
  for (const [from, to] of [
    [clients[0], server],
    [server, clients[0]],
  ] as const) {
    const { sent, received } = await transfer(scope, from, to, { inner: 4, bytes: 4 * MEBIBYTE });
    assert.deepEqual([received.bytes, received.sha256], [4 * MEBIBYTE, sent.sha256]);
  }
});

type Attack = Omit<HostileOrder, 'address' | 'ports' | 'sources'>;

/** What strangers do at the same time, and how long the download has to last for it. */
const ATTACKS: readonly { readonly name: string; readonly orders: readonly Attack[]; readonly seconds: number }[] = [
  {
    name: '600 connections that say what is no frame, and 600 that begin one and leave it at that',
    orders: [
      { kind: 'wrong', connections: 600, holdMs: 13_000 },
      { kind: 'half', connections: 600, holdMs: 13_000 },
    ],
    seconds: 14,
  },
  {
    name: '10,000 connections that never speak',
    orders: [{ kind: 'silent', connections: 10_000, holdMs: 14_000 }],
    seconds: 16,
  },
];

scenario('strangers do not hurt peers, and cost no memory', async (scope, t) => {
  const crowd = await prepareCrowd(scope);
  const { server, clients } = crowd;
  await start(crowd);
  await transfer(scope, server, clients[0], { inner: 4, bytes: 64 * MEBIBYTE });
  await sleep(1000);
  const before = processUsage(server.tunnel.process.pid).residentBytes;
  const rounds = process.env.AWG_VPN_LONG === '1' ? 5 : 1;
  for (const { name, orders, seconds } of new Array(rounds).fill(ATTACKS).flat() as typeof ATTACKS) {
    const download = await Download.start(scope, server, clients[0], { bytesPerSecond: PACE, seconds });
    const attacks = Promise.all(orders.map((order) => attack(crowd, order)));
    const { result, peak } = await peakDuring(server, attacks);
    const timeline = await download.finish(60_000, () => server.tunnel.process.output);
    const after = processUsage(server.tunnel.process.pid).residentBytes;
    const [connected, ended] = [total(result, 'connected'), total(result, 'ended')];
    t.diagnostic(
      `${name}: ${ended} of ${connected} ended, RSS before ${megabytes(before)}, ` +
        `at most ${megabytes(peak)}, after ${megabytes(after)}, longest pause of the download ${timeline.longestGap()} ms`,
    );
    const meant = orders.reduce((sum, { connections }) => sum + connections, 0);
    assert.ok(connected >= meant * 0.9, `${connected} connections`);
    assert.equal(ended, connected, name);
    assert.ok(timeline.longestGap() < LONGEST_GAP_MS, `${timeline.longestGap()} ms without a byte`);
    assert.ok(peak - before < RSS_GROWTH_BYTES, `${name}: RSS from ${megabytes(before)} to ${megabytes(peak)}`);
  }
  assert.equal(await pingOnce(clients[1], server), 1);
});

function total(reports: readonly HostileReport[], count: keyof HostileReport): number {
  return reports.reduce((sum, report) => sum + report[count], 0);
}

const NOTHING_LEAVES = `table inet gone {
  chain out { type filter hook output priority 0; policy drop; }
}`;

scenario('a connection that is half open is given up, and its peer comes back by another', async (scope, t) => {
  const crowd = await prepareCrowd(scope);
  const { server, clients } = crowd;
  await start(crowd);
  const [, lost] = clients;
  await lost.host.namespace.setFirewall(NOTHING_LEAVES);
  await lost.tunnel.end('SIGKILL');
  // It cannot even say that it is gone.
  await sleep(500);
  await lost.host.namespace.setFirewall('');
  await lost.tunnel.start();
  const began = performance.now();
  await waitFor('the peer to be back', async () => (await pingOnce(lost, server)) > 0, { timeoutMs: 10_000 });
  t.diagnostic(`back after ${Math.round(performance.now() - began)} ms`);
});

scenario('a peer that stops reading costs nobody anything', async (scope, t) => {
  const crowd = await prepareCrowd(scope);
  const { server, clients } = crowd;
  await start(crowd);
  const [reader, deaf] = clients;
  await transfer(scope, server, deaf, { inner: 4, bytes: 64 * MEBIBYTE });
  const before = processUsage(server.tunnel.process.pid).residentBytes;
  const toDeaf = await Download.start(scope, server, deaf, { bytesPerSecond: 4 * PACE, seconds: 5 });
  const toReader = await Download.start(scope, server, reader, { bytesPerSecond: PACE, seconds: 11 });
  await sleep(1500);
  deaf.tunnel.process.signal('SIGSTOP');
  const { peak } = await peakDuring(server, sleep(8000));
  deaf.tunnel.process.signal('SIGCONT');
  const timeline = await toReader.finish(60_000, () => server.tunnel.process.output);
  await toDeaf.finish(60_000, () => server.tunnel.process.output);
  t.diagnostic(
    `RSS before ${megabytes(before)}, at most ${megabytes(peak)}, ` +
      `longest pause of the other download ${timeline.longestGap()} ms`,
  );
  assert.ok(timeline.longestGap() < LONGEST_GAP_MS, `${timeline.longestGap()} ms without a byte`);
  assert.ok(peak - before < RSS_GROWTH_BYTES, `RSS from ${megabytes(before)} to ${megabytes(peak)}`);
});
