/** One engine, one round: a fresh pair of namespaces, a tunnel, and what it does under load. */
import type { EngineAdapter } from '../support/engines/engine-adapter.ts';
import { IperfServer } from '../support/iperf.ts';
import { ping } from '../support/ping.ts';
import { processUsage } from '../support/process-usage.ts';
import { Scope } from '../support/scope.ts';
import type { TunnelPair } from '../support/tunnel-pair.ts';
import { startPair, waitForHandshake } from '../support/tunnel-pair.ts';
import { sleep } from '../support/wait.ts';
import { percentile } from './statistics.ts';

export interface Measurement {
  /** One TCP stream, initiator to responder. */
  readonly singleStreamBits: number;
  readonly fourStreamBits: number;
  readonly pingMedianMs: number;
  readonly pingP99Ms: number;
  /** Processor time over wall time during the single stream, 1 = one core. */
  readonly senderCpu: number;
  readonly receiverCpu: number;
  /** Peak resident memory of the process. */
  readonly senderPeakBytes: number;
  readonly receiverPeakBytes: number;
  /** Processor time over wall time while nothing happens, both ends together. */
  readonly idleCpu: number;
}

export interface MeasureOptions {
  readonly seconds: number;
  readonly offloads: 'on' | 'off';
}

const WARM_UP_SECONDS = 1;
const IDLE_SECONDS = 2;

interface Load {
  readonly sender: number;
  readonly receiver: number;
}

/** Cores used by both ends while `work` runs. */
async function measureLoad<T>(pair: TunnelPair, work: () => Promise<T>): Promise<{ result: T; load: Load }> {
  const pids = [pair.initiator, pair.responder].map((end) => end.tunnel.process.pid);
  const cpu = (): number[] => pids.map((pid) => processUsage(pid).cpuSeconds);
  const before = cpu();
  const began = performance.now();
  const result = await work();
  const seconds = (performance.now() - began) / 1000;
  const [sender = 0, receiver = 0] = cpu().map((after, index) => (after - (before[index] ?? 0)) / seconds);
  return { result, load: { sender, receiver } };
}

async function measurePair(scope: Scope, pair: TunnelPair, seconds: number): Promise<Measurement> {
  const { initiator, responder } = pair;
  await waitForHandshake(initiator, responder);
  const server = await IperfServer.start(scope, responder);
  await server.measure(initiator, 1, WARM_UP_SECONDS);
  const single = await measureLoad(pair, () => server.measure(initiator, 1, seconds));
  const four = await server.measure(initiator, 4, seconds);
  await server.stop();
  const pings = await ping(initiator.host.namespace, responder.inner[4], { count: 200, intervalSeconds: 0.01 });
  const idle = await measureLoad(pair, () => sleep(IDLE_SECONDS * 1000));
  return {
    singleStreamBits: single.result.bitsPerSecond,
    fourStreamBits: four.bitsPerSecond,
    pingMedianMs: percentile(pings.roundTrips, 0.5),
    pingP99Ms: percentile(pings.roundTrips, 0.99),
    senderCpu: single.load.sender,
    receiverCpu: single.load.receiver,
    senderPeakBytes: processUsage(initiator.tunnel.process.pid).peakResidentBytes,
    receiverPeakBytes: processUsage(responder.tunnel.process.pid).peakResidentBytes,
    idleCpu: idle.load.sender + idle.load.receiver,
  };
}

export async function measureEngine(engine: EngineAdapter, options: MeasureOptions): Promise<Measurement> {
  const scope = new Scope();
  try {
    const ends = { initiator: engine, responder: engine, outer: 4, offloads: options.offloads } as const;
    return await measurePair(scope, await startPair(scope, ends), options.seconds);
  } finally {
    await scope.close();
  }
}
