/**
 * `--section path`: the whole way of a packet through the data plane, without an operating system
 * around it, in nanoseconds; where they go, stage by stage; and that nothing is allocated on the way.
 */
import { askProgram, programPath } from '../../support/child-program.ts';
import { YARDSTICK } from '../kernel/aead-bench.ts';
import type { BenchOptions } from '../options.ts';
import type { ProfileName } from '../profiles.ts';
import { PROFILE_NAMES } from '../profiles.ts';
import type { Figure, Measure, Place } from '../results/figure.ts';
import { FigureSet } from '../results/figure.ts';
import type { Flame } from '../results/run-report.ts';
import { median } from '../results/statistics.ts';
import type { Section, SectionResult } from '../section.ts';
import type { PathOrder, PathReport, SampledPath } from './path-order.ts';
import type { Traffic } from './traffic.ts';

const PROGRAM = programPath('path-program', import.meta.url);
/** So much young memory that nothing is collected while its growth is measured. */
const NODE_FLAGS = ['--min-semi-space-size=64', '--max-semi-space-size=64'];
const MILLISECONDS = 500;
const SAMPLED_MILLISECONDS = 1500;
/** What a packet may leave on the heap, bytes: nothing. The smallest object has 16, so one in every 32 packets is too many. */
const MOST_HEAP_BYTES = 0.5;

interface Workload {
  readonly title: string;
  readonly traffic: Traffic;
  readonly framesPerBatch: number;
}

/** Four super-packets are what a fast stream has waiting; sixteen small ones a busy moment. */
const BULK: Workload = {
  title: 'TCP 1420, super-packets',
  traffic: { transport: 'tcp', packetBytes: 1420, superPackets: true },
  framesPerBatch: 4,
};

const ONE_BY_ONE: readonly Workload[] = [
  {
    title: 'TCP 1420, one by one',
    traffic: { transport: 'tcp', packetBytes: 1420, superPackets: false },
    framesPerBatch: 16,
  },
  {
    title: 'UDP 1200, one by one',
    traffic: { transport: 'udp', packetBytes: 1200, superPackets: false },
    framesPerBatch: 16,
  },
  {
    title: 'UDP 64, one by one',
    traffic: { transport: 'udp', packetBytes: 64, superPackets: false },
    framesPerBatch: 16,
  },
];

const nanoseconds = (name: string, floor: number): Measure => ({ name, unit: 'ns', better: 'lower', floor });
const OUT = nanoseconds('out', 10);
const IN = nanoseconds('in', 10);
const HEAP: Measure = { name: 'heap growth', unit: 'B', better: 'lower', floor: 0.5 };

class PathRun {
  readonly #figures = new FigureSet();
  readonly #options: BenchOptions;
  /** Who allocated in the last round, by subject. BOUNDED by workloads times profiles. */
  readonly #allocators = new Map<string, PathReport['allocators']>();
  #flames: Flame[] = [];

  constructor(options: BenchOptions) {
    this.#options = options;
  }

  async round(progress: (line: string) => void): Promise<void> {
    for (const profile of this.#options.profiles ?? PROFILE_NAMES) {
      const bulk = await this.#measure(BULK, profile);
      await this.#sample(profile, bulk);
      for (const workload of ONE_BY_ONE) await this.#measure(workload, profile);
    }
    progress('path: a round is done');
  }

  result(): SectionResult {
    const figures = this.#figures.list();
    return { figures, flames: this.#flames, failures: this.#allocationFailures(figures) };
  }

  async #measure(workload: Workload, profile: ProfileName): Promise<PathReport> {
    const report = await ask(workload, profile, this.#options, { milliseconds: MILLISECONDS });
    const place = {
      section: 'path',
      table: 'Whole way, per packet',
      subject: `${workload.title}, ${profile}`,
    } as const;
    const yardstick = { name: YARDSTICK, value: report.yardstick };
    this.#figures.add(place, OUT, report.out, yardstick);
    this.#figures.add(place, IN, report.in, yardstick);
    this.#figures.add(place, HEAP, report.heapBytes);
    this.#allocators.set(place.subject, report.allocators);
    return report;
  }

  /** The profiler has a price, so it only says how the time of the run before it divides. */
  async #sample(profile: ProfileName, whole: PathReport): Promise<void> {
    const report = await ask(BULK, profile, this.#options, { milliseconds: SAMPLED_MILLISECONDS, sampled: true });
    const { sampled } = report;
    if (sampled === undefined) throw new Error('the path program took no samples');
    const measure = nanoseconds(`profile ${profile}`, 15);
    const yardstick = { name: YARDSTICK, value: whole.yardstick };
    for (const [stage, share] of Object.entries(sampled.out)) {
      this.#figures.add(stagePlace('Way out', stage), measure, share * whole.out, yardstick);
    }
    for (const [stage, share] of Object.entries(sampled.in)) {
      this.#figures.add(stagePlace('Way in', stage), measure, share * whole.in, yardstick);
    }
    const others = this.#flames.filter(({ title }) => !title.endsWith(suffixOf(profile)));
    this.#flames = [...others, ...flames(sampled, profile)];
  }

  #allocationFailures(figures: readonly Figure[]): string[] {
    return figures
      .filter(({ measure, rounds }) => measure === HEAP && median(rounds) >= MOST_HEAP_BYTES)
      .map(({ subject, rounds }) => {
        const bytes = median(rounds).toFixed(1);
        return `${subject}: ${bytes} bytes are allocated for each packet, by ${describeAllocators(this.#allocators.get(subject))}`;
      });
  }
}

function describeAllocators(allocators: PathReport['allocators'] = {}): string {
  return Object.entries(allocators)
    .map(([name, bytes]) => `${name} ${bytes.toFixed(1)}`)
    .join(', ');
}

function stagePlace(way: string, stage: string): Place {
  return { section: 'path', table: `${way} by stage, per packet: ${BULK.title}`, subject: stage };
}

function ask(
  { traffic, framesPerBatch }: Workload,
  profile: ProfileName,
  { kernel }: BenchOptions,
  how: Pick<PathOrder, 'milliseconds' | 'sampled'>,
): Promise<PathReport> {
  const order: PathOrder = {
    traffic,
    profile,
    framesPerBatch,
    peers: 1,
    activePeers: 1,
    ...(kernel && { kernel }),
    ...how,
  };
  return askProgram<PathReport>(PROGRAM, order, { nodeFlags: NODE_FLAGS });
}

const suffixOf = (profile: ProfileName): string => `, profile ${profile}`;

function flames({ outStacks, inStacks }: SampledPath, profile: ProfileName): Flame[] {
  return [
    { title: `Way out${suffixOf(profile)}`, stacks: outStacks },
    { title: `Way in${suffixOf(profile)}`, stacks: inStacks },
  ];
}

export const pathSection: Section = {
  name: 'path',
  unavailable: () => undefined,
  async run(options, progress) {
    const path = new PathRun(options);
    for (let round = 0; round < options.rounds; round += 1) await path.round(progress);
    return path.result();
  },
};
