/** One subject, one round: a fresh pair of namespaces, a tunnel, and what it does under load. */
import { IperfServer } from '../../support/iperf.ts';
import type { PingReport } from '../../support/ping.ts';
import { PingMonitor, ping } from '../../support/ping.ts';
import { processUsage } from '../../support/process-usage.ts';
import { Scope } from '../../support/scope.ts';
import type { TunnelPair } from '../../support/tunnel-pair.ts';
import { startPair, waitForHandshake } from '../../support/tunnel-pair.ts';
import { sleep } from '../../support/wait.ts';
import type { BenchOptions } from '../options.ts';
import { PROFILE_KEYS } from '../profiles.ts';
import type { Measure } from '../results/figure.ts';
import { percentile } from '../results/statistics.ts';
import { processorSeconds } from './cpu-clock.ts';
import * as MEASURES from './measures.ts';
import type { Subject } from './subjects.ts';
import { udpRate } from './udp-rate.ts';

export interface Finding {
  readonly table: string;
  readonly measure: Measure;
  readonly value: number;
}

export const TABLES = { tcp: 'TCP', udp: 'UDP without loss', ping: 'Ping', resources: 'Resources' } as const;

const WARM_UP_SECONDS = 1;
/** After the handshake, until start-up is over. */
const SETTLE_MS = 1000;
const IDLE_MS = 4000;
const PINGS = 200;
const PING_INTERVAL_SECONDS = 0.01;

class MeasuredPair {
  readonly #scope: Scope;
  readonly #pair: TunnelPair;
  readonly #options: BenchOptions;
  readonly #findings: Finding[] = [];

  constructor(scope: Scope, pair: TunnelPair, options: BenchOptions) {
    this.#scope = scope;
    this.#pair = pair;
    this.#options = options;
  }

  async measure(): Promise<readonly Finding[]> {
    const { measures } = this.#options;
    await waitForHandshake(this.#pair.initiator, this.#pair.responder);
    await sleep(SETTLE_MS);
    if (measures.includes('idle')) await this.#measureIdle();
    if (measures.includes('ping'))
      this.#recordPings(await this.#idlePing(), MEASURES.IDLE_PING, MEASURES.IDLE_PING_P99);
    if (measures.includes('tcp') || measures.includes('ping')) await this.#measureTcp();
    if (measures.includes('udp')) await this.#measureUdp();
    if (measures.includes('tcp') || measures.includes('udp')) {
      this.#record(
        TABLES.resources,
        MEASURES.PEAK_MEMORY,
        this.#largest((usage) => usage.peakResidentBytes),
      );
    }
    return this.#findings;
  }

  #record(table: string, measure: Measure, value: number): void {
    this.#findings.push({ table, measure, value });
  }

  async #measureIdle(): Promise<void> {
    this.#record(
      TABLES.resources,
      MEASURES.IDLE_MEMORY,
      this.#largest((usage) => usage.residentBytes),
    );
    const { cores } = await this.#withLoad(() => sleep(IDLE_MS));
    this.#record(TABLES.resources, MEASURES.IDLE_CPU, cores * 100);
  }

  #idlePing(): Promise<PingReport> {
    const { initiator, responder } = this.#pair;
    const options = { count: PINGS, intervalSeconds: PING_INTERVAL_SECONDS };
    return ping(initiator.host.namespace, responder.inner[4], options);
  }

  async #measureTcp(): Promise<void> {
    const { initiator, responder } = this.#pair;
    const { seconds, measures } = this.#options;
    const server = await IperfServer.start(this.#scope, responder);
    await server.measure(initiator, 1, WARM_UP_SECONDS);
    if (measures.includes('tcp')) await this.#measureThroughput(server);
    if (measures.includes('ping')) {
      const monitor = new PingMonitor(this.#scope, initiator.host.namespace, responder.inner[4], PING_INTERVAL_SECONDS);
      await server.measure(initiator, 1, seconds);
      this.#recordPings(await monitor.finish(), MEASURES.LOADED_PING, MEASURES.LOADED_PING_P99);
    }
    await server.stop();
  }

  async #measureThroughput(server: IperfServer): Promise<void> {
    const { initiator } = this.#pair;
    const { seconds } = this.#options;
    const { result, cores } = await this.#withLoad(() => server.measure(initiator, 1, seconds));
    this.#record(TABLES.tcp, MEASURES.ONE_STREAM, result.bitsPerSecond / 1e9);
    const four = await server.measure(initiator, 4, seconds);
    this.#record(TABLES.tcp, MEASURES.FOUR_STREAMS, four.bitsPerSecond / 1e9);
    const both = await server.measureBothWays(initiator, seconds);
    this.#record(TABLES.tcp, MEASURES.BOTH_WAYS, both.bitsPerSecond / 1e9);
    this.#record(TABLES.resources, MEASURES.CPU_PER_GIGABYTE, cores / (result.bitsPerSecond / 8e9));
  }

  async #measureUdp(): Promise<void> {
    const { initiator, responder } = this.#pair;
    this.#record(TABLES.udp, MEASURES.UDP_SMALL, await udpRate(this.#scope, initiator, responder, 64));
    this.#record(TABLES.udp, MEASURES.UDP_LARGE, await udpRate(this.#scope, initiator, responder, 1200));
  }

  #recordPings({ roundTrips }: PingReport, middle: Measure, worst: Measure): void {
    this.#record(TABLES.ping, middle, percentile(roundTrips, 0.5));
    this.#record(TABLES.ping, worst, percentile(roundTrips, 0.99));
  }

  /** Cores that both ends together use while `work` runs. */
  async #withLoad<Result>(work: () => Promise<Result>): Promise<{ result: Result; cores: number }> {
    const used = (): number => this.#pids.reduce((sum, pid) => sum + processorSeconds(pid), 0);
    const before = used();
    const began = performance.now();
    const result = await work();
    return { result, cores: (used() - before) / ((performance.now() - began) / 1000) };
  }

  /** Megabytes, of the end that has more. */
  #largest(pick: (usage: ReturnType<typeof processUsage>) => number): number {
    return Math.max(...this.#pids.map((pid) => pick(processUsage(pid)))) / 1e6;
  }

  get #pids(): number[] {
    return [this.#pair.initiator, this.#pair.responder].map(({ tunnel }) => tunnel.process.pid);
  }
}

/** What a machine shared with others may spoil: one attempt, and one more. */
const ATTEMPTS = 2;

/** Throws when it fails again and again. */
export async function measureSubject(subject: Subject, options: BenchOptions): Promise<readonly Finding[]> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await measureOnce(subject, options);
    } catch (error) {
      if (attempt === ATTEMPTS) throw error;
    }
  }
}

async function measureOnce({ engine, profile }: Subject, options: BenchOptions): Promise<readonly Finding[]> {
  const scope = new Scope();
  const obfuscation = PROFILE_KEYS[profile];
  try {
    const pair = await startPair(scope, {
      initiator: engine,
      responder: engine,
      outer: 4,
      offloads: options.offloads,
      initiatorObfuscation: obfuscation,
      responderObfuscation: obfuscation,
    });
    return await new MeasuredPair(scope, pair, options).measure();
  } finally {
    await scope.close();
  }
}
