/**
 * `--section floods`: what is left of a tunnel while strangers flood its server with handshake messages,
 * and how long somebody new waits meanwhile. The throughput of each flood is held against that of the same
 * tunnel a moment before. Flood, both ends and iperf3 share one machine, so part of what is lost was taken
 * by the flood itself: hence the other engines beside it.
 */
import type { EngineAdapter } from '../../support/engines/engine-adapter.ts';
import type { FloodSettings } from '../../support/flood/besieged-server.ts';
import { BesiegedServer, reportOfFlood } from '../../support/flood/besieged-server.ts';
import type { FloodKind } from '../../support/flood/flood-order.ts';
import { FLOOD_KINDS } from '../../support/flood/flood-order.ts';
import { IperfServer } from '../../support/iperf.ts';
import { namespacesUnavailable } from '../../support/network-namespace.ts';
import { processUsage } from '../../support/process-usage.ts';
import { Scope } from '../../support/scope.ts';
import { sleep } from '../../support/wait.ts';
import type { BenchOptions } from '../options.ts';
import type { Measure } from '../results/figure.ts';
import { FigureSet } from '../results/figure.ts';
import type { Section } from '../section.ts';
import { OWN_ENGINE, versionsOf } from '../tunnel/subjects.ts';

/** Datagrams a second. */
const RATE = 20_000;
const TITLES: Readonly<Record<FloodKind, string>> = {
  garbage: 'Garbage of the right length, 10,000 addresses',
  mac1: 'Right mac1, 10,000 addresses',
  replay: 'One initiation replayed from one address',
};
/** Until the flood has its rate. */
const SETTLE_MS = 1000;
const NEWCOMER_LIMIT_MS = 30_000;

const KEPT: Measure = { name: 'throughput kept', unit: '%', better: 'higher', floor: 5 };
const QUIET: Measure = { name: 'without flood', unit: 'Gbit/s', better: 'higher', floor: 0.05 };
const ARRIVED: Measure = { name: 'flood', unit: '/s', better: 'higher' };
const NEWCOMER: Measure = { name: 'newcomer waits', unit: 's', better: 'lower', floor: 1 };
const MEMORY: Measure = { name: 'peak memory', unit: 'MB', better: 'lower', floor: 10 };

async function measureFlood(
  figures: FigureSet,
  engine: EngineAdapter,
  kind: FloodKind,
  seconds: number,
): Promise<void> {
  const scope = new Scope();
  try {
    const { client, server, ...rest } = await prepare(scope, engine);
    const before = await rest.iperf.measure(client, 1, seconds);
    const settings: FloodSettings = { kind, perSecond: RATE, milliseconds: SETTLE_MS + (seconds + 2) * 1000 };
    const flood = rest.besieged.flood(settings);
    await sleep(SETTLE_MS);
    const during = await rest.iperf.measure(client, 1, seconds);
    await flood.waitForExit();
    const place = {
      section: 'floods',
      table: TITLES[kind],
      subject: engine.name,
      foreign: engine.name !== OWN_ENGINE,
    } as const;
    figures.add(place, KEPT, (100 * during.bitsPerSecond) / before.bitsPerSecond);
    figures.add(place, QUIET, before.bitsPerSecond / 1e9);
    const { sent, seconds: lasted } = reportOfFlood(flood);
    figures.add(place, ARRIVED, sent / lasted);
    figures.add(place, NEWCOMER, await timeNewcomer(rest.besieged, kind));
    figures.add(place, MEMORY, processUsage(server.tunnel.process.pid).peakResidentBytes / 1e6);
  } finally {
    await scope.close();
  }
}

async function prepare(scope: Scope, engine: EngineAdapter) {
  const besieged = await BesiegedServer.start(scope, engine);
  const iperf = await IperfServer.start(scope, besieged.server);
  await iperf.measure(besieged.client, 1, 1);
  return { besieged, iperf, client: besieged.client, server: besieged.server };
}

/** The limit itself where he was not let in at all. */
async function timeNewcomer(besieged: BesiegedServer, kind: FloodKind): Promise<number> {
  const flood = besieged.flood({ kind, perSecond: RATE, milliseconds: SETTLE_MS + NEWCOMER_LIMIT_MS });
  await sleep(SETTLE_MS);
  const waited = await besieged.meetNewcomer(NEWCOMER_LIMIT_MS).catch(() => NEWCOMER_LIMIT_MS);
  await flood.stop();
  return waited / 1000;
}

async function measureRound(figures: FigureSet, { engines, seconds }: BenchOptions): Promise<void> {
  for (const kind of FLOOD_KINDS) {
    for (const engine of engines) await measureFlood(figures, engine, kind, seconds);
  }
}

export const floodsSection: Section = {
  name: 'floods',
  unavailable: namespacesUnavailable,
  async run(options, progress) {
    const figures = new FigureSet();
    for (let round = 1; round <= options.rounds; round += 1) {
      await measureRound(figures, options);
      progress(`floods: round ${round}`);
    }
    return { figures: figures.list(), versions: await versionsOf(options.engines) };
  },
};
