/**
 * `--section peers`: what it costs to have many. Look-ups and the way of a packet in memory, then
 * daemons with 1, 10, 1,000 and 10,000 peers configured: memory, how long it takes to start and to tell of them,
 * and the throughput of the one that talks.
 */

import { askProgram, programPath } from '../../support/child-program.ts';
import type { EngineAdapter } from '../../support/engines/engine-adapter.ts';
import { namespacesUnavailable } from '../../support/network-namespace.ts';
import { measureYardstick, YARDSTICK } from '../kernel/aead-bench.ts';
import type { BenchOptions } from '../options.ts';
import type { PathOrder, PathReport } from '../path/path-order.ts';
import type { Measure } from '../results/figure.ts';
import { FigureSet, heldAgainst } from '../results/figure.ts';
import type { Section } from '../section.ts';
import { OWN_ENGINE, REFERENCE_ENGINE, versionsOf } from '../tunnel/subjects.ts';
import { measureCrowded } from './crowded-pair.ts';
import { LookupBench, peersTitle, TABLE_SIZES } from './lookup-bench.ts';
import type { PeerMemoryReport } from './peer-memory-program.ts';

const MEMORY_PROGRAM = programPath('peer-memory-program', import.meta.url);
const PATH_PROGRAM = programPath('../path/path-program', import.meta.url);
const NODE_FLAGS = ['--min-semi-space-size=64', '--max-semi-space-size=64'];
const PATH_MS = 500;
const MANY = 10_000;
/** Sessions, in memory. */
const CROWD = 1000;
/** What a peer without a session may weigh, bytes. */
const DATA_PLANE_LIMIT = 4096;
const WHOLE_LIMIT = 16_384;

/** How many have a session, and how many of them the packets go to. */
const CROWDS = [
  { peers: 1, activePeers: 1 },
  { peers: CROWD, activePeers: 1 },
  { peers: CROWD, activePeers: CROWD },
] as const;

const OUT: Measure = { name: 'out', unit: 'ns', better: 'lower', floor: 10 };
const IN: Measure = { name: 'in', unit: 'ns', better: 'lower', floor: 10 };
const PER_PEER: Measure = { name: 'per idle peer', unit: 'kB', better: 'lower', floor: 1 };

/** Full packets one by one: each finds its peer by itself. */
async function measurePath(figures: FigureSet): Promise<void> {
  for (const crowd of CROWDS) {
    const order: PathOrder = {
      ...crowd,
      traffic: { transport: 'tcp', packetBytes: 1420, superPackets: false },
      profile: 'null',
      framesPerBatch: 16,
      milliseconds: PATH_MS,
    };
    const report = await askProgram<PathReport>(PATH_PROGRAM, order, { nodeFlags: NODE_FLAGS });
    const subject = `${peersTitle(crowd.peers)}, ${crowd.activePeers === 1 ? 'one talks' : 'all talk in turns'}`;
    const place = { section: 'peers', table: 'Way of a packet in memory', subject } as const;
    const reference = { name: YARDSTICK, value: report.yardstick };
    figures.add(place, OUT, report.out, reference);
    figures.add(place, IN, report.in, reference);
  }
}

/** Returns the bytes that a peer adds to the process. */
async function measureDaemon(figures: FigureSet, engine: EngineAdapter, seconds: number): Promise<number> {
  const foreign = engine.name !== OWN_ENGINE;
  const row = { section: 'peers', subject: engine.name, foreign } as const;
  const resident: number[] = [];
  for (const peers of TABLE_SIZES) {
    const measured = await measureCrowded(engine, peers, peers === 10 ? 0 : seconds);
    resident.push(measured.residentBytes);
    const memory: Measure = { name: peersTitle(peers), unit: 'MB', better: 'lower', floor: 2 };
    figures.add({ ...row, table: 'Memory of an idle daemon' }, memory, measured.residentBytes / 1e6);
    const start: Measure = { name: `start, ${peersTitle(peers)}`, unit: 'ms', better: 'lower', floor: 100 };
    figures.add({ ...row, table: 'Start and report' }, start, measured.startMilliseconds);
    const show: Measure = { name: `report, ${peersTitle(peers)}`, unit: 'ms', better: 'lower', floor: 100 };
    figures.add({ ...row, table: 'Start and report' }, show, measured.showMilliseconds);
    if (measured.bitsPerSecond === undefined) continue;
    const speed: Measure = { name: peersTitle(peers), unit: 'Gbit/s', better: 'higher', floor: 0.02 };
    figures.add({ ...row, table: 'One TCP stream' }, speed, measured.bitsPerSecond / 1e9);
  }
  const growth = (resident.at(-1) ?? Number.NaN) - resident[0];
  figures.add({ ...row, table: 'Memory of an idle daemon' }, PER_PEER, growth / (MANY - TABLE_SIZES[0]) / 1e3);
  return growth / (MANY - TABLE_SIZES[0]);
}

/** Returns what weighs more than it may. */
async function measureDaemons(figures: FigureSet, { engines, seconds }: BenchOptions): Promise<string[]> {
  const failures: string[] = [];
  for (const engine of engines) {
    const bytes = await measureDaemon(figures, engine, seconds);
    if (engine.name === OWN_ENGINE && bytes > WHOLE_LIMIT)
      failures.push(`an idle peer takes ${Math.round(bytes)} bytes of the process, more than ${WHOLE_LIMIT}`);
  }
  return failures;
}

async function weighPeers(figures: FigureSet): Promise<string[]> {
  const { dataPlane, core } = await askProgram<PeerMemoryReport>(MEMORY_PROGRAM, { peers: MANY });
  const place = { section: 'peers', table: 'Memory of an idle peer', subject: OWN_ENGINE } as const;
  figures.add(place, { name: 'data plane', unit: 'B', better: 'lower', floor: 50 }, dataPlane);
  figures.add(place, { name: 'core', unit: 'B', better: 'lower', floor: 50 }, core);
  if (dataPlane <= DATA_PLANE_LIMIT) return [];
  return [`an idle peer takes ${Math.round(dataPlane)} bytes of the data plane, more than ${DATA_PLANE_LIMIT}`];
}

export const peersSection: Section = {
  name: 'peers',
  unavailable: namespacesUnavailable,
  async run(options, progress) {
    const figures = new FigureSet();
    const lookups = new LookupBench();
    const failures: string[] = [];
    for (let round = 1; round <= options.rounds; round += 1) {
      lookups.measure(figures, measureYardstick());
      await measurePath(figures);
      failures.push(...(await weighPeers(figures)), ...(await measureDaemons(figures, options)));
      progress(`peers: round ${round}`);
    }
    return {
      figures: heldAgainst(figures.list(), REFERENCE_ENGINE),
      versions: await versionsOf(options.engines),
      failures,
    };
  },
};
