/**
 * A download through the tunnel while a censor begins to interfere: it goes on by another carrier, and
 * returns to UDP when that is free again. What was measured goes to the table that ends the test's output.
 */
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { Download } from '../support/download.ts';
import { namespacesUnavailable } from '../support/network-namespace.ts';
import { Scope } from '../support/scope.ts';
import { sleep, waitFor } from '../support/wait.ts';
import { transportOf } from './carrier-daemons.ts';
import type { CensoredPair } from './censor/censored-pair.ts';
import { ALL_CARRIERS, startCensoredPair } from './censor/censored-pair.ts';
import {
  ONLY_HTTP,
  ONLY_TLS_AND_HTTP,
  TCP_RESET,
  UDP_DROPPED,
  UDP_DROPPED_AFTER_64_KIB,
  UDP_DROPPED_TO_CLIENT,
  UDP_DROPPED_TO_SERVER,
  UDP_POLICED_TO_1_MBIT,
  UDP_SHAPED_TO_1_MBIT,
} from './censor/rules.ts';

const skip = namespacesUnavailable();
const LONG = process.env.AWG_VPN_LONG === '1';
const ROUNDS = LONG ? 3 : 1;
/** Worlds at one time: the processor is needed for the times to mean something. */
const AT_ONCE = 2;

const PACE = 2_500_000;
const SECONDS_BEFORE = 2.5;
const PATIENCE_MS = 60_000;

interface Censorship {
  readonly name: string;
  /** One way, milliseconds. */
  readonly delayMs: number;
  readonly begin: (pair: CensoredPair) => Promise<void>;
  readonly end?: (pair: CensoredPair) => Promise<void>;
  /** Milliseconds that it may cost. */
  readonly goal: number;
  /** A throttle lets bytes through: then it is not the pause that counts but the time at less than half the pace. */
  readonly counts: 'pause' | 'slowness';
  readonly leadsTo: readonly string[];
  readonly congestionControl?: 'bbr';
}

function firewall(rules: string): (pair: CensoredPair) => Promise<void> {
  return ({ censor }) => censor.setFirewall(rules);
}

async function shape({ censor }: CensoredPair): Promise<void> {
  for (const command of UDP_SHAPED_TO_1_MBIT.commands) await censor.run('tc', command);
  await censor.setFirewall(UDP_SHAPED_TO_1_MBIT.rules);
}

const free = firewall('');
const EVERYTHING_ELSE = { counts: 'pause', goal: 5000, delayMs: 20, leadsTo: ['tcp'] } as const;
/** The way back takes its time, and is the same for most. */
const IF_LONG = LONG ? { end: free } : {};

/**
 * BBR does not slow down for what overflows the queue. Of what it has lost there it may learn by nothing but
 * its retransmission timer, which has become as long as the queue made it: whoever carries it has no say in that.
 */
const SHAPED_BBR: Censorship = {
  ...EVERYTHING_ELSE,
  name: 'UDP shaped to 1 Mbit/s, queue of 4 s, sender with BBR',
  begin: shape,
  counts: 'slowness',
  goal: 20_000,
  congestionControl: 'bbr',
};

const CENSORSHIPS: readonly Censorship[] = [
  ...[0, 20, 50].map((delayMs) => ({
    ...EVERYTHING_ELSE,
    ...(delayMs === 20 ? { end: free } : IF_LONG),
    name: 'UDP dropped',
    begin: firewall(UDP_DROPPED),
    delayMs,
    // With a round trip of 100 ms the sender inside tries again after 0.3, 0.9 and 2.1 s: as a rule it is the second.
    goal: delayMs === 50 ? 2500 : 2000,
  })),
  {
    ...EVERYTHING_ELSE,
    ...IF_LONG,
    name: 'UDP dropped towards the client only',
    begin: firewall(UDP_DROPPED_TO_CLIENT),
  },
  {
    ...EVERYTHING_ELSE,
    ...IF_LONG,
    name: 'UDP dropped towards the server only',
    begin: firewall(UDP_DROPPED_TO_SERVER),
  },
  {
    ...EVERYTHING_ELSE,
    ...IF_LONG,
    name: 'UDP dropped after 64 KiB of a flow',
    begin: firewall(UDP_DROPPED_AFTER_64_KIB),
  },
  {
    ...EVERYTHING_ELSE,
    end: free,
    name: 'UDP policed to 1 Mbit/s',
    begin: firewall(UDP_POLICED_TO_1_MBIT),
    counts: 'slowness',
  },
  {
    ...EVERYTHING_ELSE,
    ...IF_LONG,
    name: 'UDP shaped to 1 Mbit/s, queue of 4 s',
    begin: shape,
    counts: 'slowness',
  },
  ...(LONG ? [SHAPED_BBR] : []),
  {
    ...EVERYTHING_ELSE,
    ...IF_LONG,
    name: 'flows killed that begin with neither TLS nor HTTP',
    begin: firewall(ONLY_TLS_AND_HTTP),
    leadsTo: ['tls'],
  },
  {
    ...EVERYTHING_ELSE,
    ...IF_LONG,
    name: 'flows killed that do not begin with HTTP',
    begin: firewall(ONLY_HTTP),
    leadsTo: ['websocket'],
  },
];

interface Outcome {
  readonly cost: number;
  readonly returned: number | undefined;
}

/** Measured, in milliseconds. BOUNDED by the tests of this file. */
const outcomes = new Map<string, Outcome[]>();

function record(name: string, outcome: Outcome): void {
  outcomes.set(name, [...(outcomes.get(name) ?? []), outcome]);
}

function outputOf({ initiator, responder }: CensoredPair): string {
  return `${initiator.tunnel.process.output}\n--- server\n${responder.tunnel.process.output.slice(-4000)}`;
}

async function carrierOf({ initiator }: CensoredPair): Promise<string | undefined> {
  return (await transportOf(initiator))?.name;
}

/** Milliseconds until the client sends by one of these. */
async function timeUntil(names: readonly string[], pair: CensoredPair, timeoutMs: number): Promise<number> {
  const began = performance.now();
  const isThere = async (): Promise<boolean> => names.includes((await carrierOf(pair)) ?? '');
  await waitFor(`the move to ${names.join(' or ')}`, isThere, { timeoutMs, explain: () => outputOf(pair) });
  return performance.now() - began;
}

async function inNewScope(body: (scope: Scope) => Promise<void>): Promise<void> {
  const scope = new Scope();
  try {
    await body(scope);
  } finally {
    await scope.close();
  }
}

async function live(scope: Scope, censorship: Censorship, name: string): Promise<void> {
  const { begin, end, delayMs, goal, counts, leadsTo, congestionControl } = censorship;
  const pair = await startCensoredPair(scope, { delayMs, congestionControl }, ALL_CARRIERS);
  await timeUntil(['udp'], pair, 5000);
  const pace = { bytesPerSecond: PACE, seconds: 9 };
  const download = await Download.start(scope, pair.responder, pair.initiator, pace);
  await sleep(SECONDS_BEFORE * 1000);
  const at = Date.now();
  await begin(pair);
  const timeline = await download.finish(PATIENCE_MS, () => outputOf(pair));
  const cost = counts === 'pause' ? timeline.longestGap(at) : timeline.slowFor(at);
  assert.ok(cost !== undefined && cost < goal, `${cost} ms\n${outputOf(pair)}`);
  const carrier = await carrierOf(pair);
  assert.ok(leadsTo.includes(carrier ?? ''), `by ${carrier}\n${outputOf(pair)}`);
  await end?.(pair);
  const returned = end === undefined ? undefined : await timeUntil(['udp'], pair, 120_000);
  record(name, { cost, returned });
}

describe('a download goes on', { skip, concurrency: AT_ONCE }, () => {
  for (const censorship of CENSORSHIPS) {
    const name = `${censorship.name}, round trip ${2 * censorship.delayMs} ms`;
    for (let round = 1; round <= ROUNDS; round++) {
      test(`${name} (${round})`, { timeout: 300_000 }, () => inNewScope((scope) => live(scope, censorship, name)));
    }
  }

  const every = LONG ? 20 : 5;
  const name = `TCP reset every ${every} s`;
  test(name, { timeout: 300_000 }, () => inNewScope((scope) => liveWithResets(scope, name, every)));
});

/** UDP stays blocked, and again and again every connection is reset for a moment. */
async function liveWithResets(scope: Scope, name: string, every: number): Promise<void> {
  const keys = { ...ALL_CARRIERS, Transport: 'udp, tcp' };
  const pair = await startCensoredPair(scope, { delayMs: 20 }, keys, UDP_DROPPED);
  await timeUntil(['tcp'], pair, 5000);
  const pace = { bytesPerSecond: PACE, seconds: 3 * every };
  const download = await Download.start(scope, pair.responder, pair.initiator, pace);
  const at = Date.now();
  for (let count = 0; count < 2; count++) {
    await sleep((every - 1) * 1000);
    await pair.censor.setFirewall(TCP_RESET);
    await sleep(200);
    await pair.censor.setFirewall(UDP_DROPPED);
  }
  const timeline = await download.finish(PATIENCE_MS, () => outputOf(pair));
  const cost = timeline.longestGap(at);
  assert.ok(cost < 5000, `${cost} ms\n${outputOf(pair)}`);
  assert.match(pair.initiator.tunnel.process.output, /ECONNRESET/, 'connections were reset');
  record(name, { cost, returned: undefined });
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function secondsOf(values: readonly number[]): string {
  if (values.length === 0) return '';
  const worst = values.length === 1 ? '' : `, at most ${(Math.max(...values) / 1000).toFixed(1)}`;
  return `${(median(values) / 1000).toFixed(1)}${worst}`;
}

/** As docs/carriers.md has it. */
after(() => {
  if (outcomes.size === 0) return;
  console.log('| The censor | Cost, seconds | Back on UDP after, seconds |\n|---|---|---|');
  for (const [name, measured] of outcomes) {
    const costs = measured.map(({ cost }) => cost);
    const returns = measured.flatMap(({ returned }) => (returned === undefined ? [] : [returned]));
    console.log(`| ${name} | ${secondsOf(costs)} | ${secondsOf(returns)} |`);
  }
});
