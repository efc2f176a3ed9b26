/** Seal and open of every AEAD that runs here, in batches as the data plane has them. */
import { Arena } from '../../../src/dataplane/arena.ts';
import type { AeadKernel, KernelName } from '../../../src/kernels/kernel.ts';
import { KERNEL_NAMES } from '../../../src/kernels/kernel.ts';
import { createAeadKernel, KernelUnavailableError } from '../../../src/kernels/select.ts';
import { SLOTS, TestBench } from '../../../src/kernels/self-test.ts';
import type { FigureSet, Measure } from '../results/figure.ts';
import { nanosecondsEach } from '../stopwatch.ts';

const ARENA_PAGES = 32;
export const PACKET_SIZES = [64, 576, 1420] as const;
/** Opened packets go to the second half of the slots, so that what is opened stays sealed. */
const BATCH = SLOTS / 2;
const WARM_UP_MS = 40;
const SLICE_MS = 15;
const KEY = Uint8Array.from({ length: 32 }, (_, index) => index);
const COUNTER = new Uint8Array(8);

/** Of the machine, not of us: nothing in this repository makes it faster. */
export const YARDSTICK = 'OpenSSL';

interface Candidate {
  readonly name: KernelName;
  readonly kernel: AeadKernel;
}

export class AeadBench {
  readonly #arena = new Arena(ARENA_PAGES);
  readonly #bench = new TestBench(this.#arena);
  readonly #candidates: readonly Candidate[];

  constructor(names: readonly KernelName[] = KERNEL_NAMES) {
    this.#candidates = names.flatMap((name) => this.#create(name));
    this.#bench.setKey(KEY);
    this.#place('seal', 1420);
    for (const { kernel } of this.#candidates) {
      this.#time(() => kernel.seal(this.#bench.key, this.#bench.jobs, BATCH), WARM_UP_MS);
      this.#place('open', 1420);
      this.#time(() => kernel.open(this.#bench.key, this.#bench.jobs, BATCH), WARM_UP_MS);
      this.#place('seal', 1420);
    }
  }

  /** One round of everything; returns the yardstick. */
  measure(figures: FigureSet): number {
    const yardstick = this.yardstick();
    for (const length of PACKET_SIZES) {
      for (const { name, kernel } of this.#candidates) {
        const sealing = this.#seal(kernel, length);
        this.#checkOpens(kernel, length);
        const opening = this.#open(kernel, length);
        const place = { section: 'kernel', table: 'AEAD', subject: name, foreign: name === 'openssl' } as const;
        const reference = { name: YARDSTICK, value: yardstick };
        figures.add(place, measureOf('seal', length), sealing, reference);
        figures.add(place, measureOf('open', length), opening, reference);
      }
    }
    return yardstick;
  }

  /** Nanoseconds that OpenSSL, here and now, takes to seal a packet of full size; NaN where it cannot be had. */
  yardstick(): number {
    const openssl = this.#candidates.find(({ name }) => name === 'openssl');
    return openssl === undefined ? Number.NaN : this.#seal(openssl.kernel, 1420);
  }

  #create(name: KernelName): Candidate[] {
    try {
      return [{ name, kernel: createAeadKernel(name, this.#arena) }];
    } catch (error) {
      if (error instanceof KernelUnavailableError) return [];
      throw error;
    }
  }

  #seal(kernel: AeadKernel, length: number): number {
    this.#place('seal', length);
    return this.#time(() => kernel.seal(this.#bench.key, this.#bench.jobs, BATCH));
  }

  #open(kernel: AeadKernel, length: number): number {
    this.#place('open', length);
    return this.#time(() => kernel.open(this.#bench.key, this.#bench.jobs, BATCH));
  }

  /** What is timed afterwards must be the opening of authentic packets. */
  #checkOpens(kernel: AeadKernel, length: number): void {
    this.#place('seal', length);
    kernel.seal(this.#bench.key, this.#bench.jobs, BATCH);
    this.#place('open', length);
    const forged = kernel.open(this.#bench.key, this.#bench.jobs, BATCH);
    if (forged > 0) throw new Error(`${kernel.name} cannot open ${forged} of the packets that it sealed`);
  }

  #place(what: 'seal' | 'open', length: number): void {
    const shift = what === 'seal' ? 0 : BATCH;
    for (let index = 0; index < BATCH; index += 1) {
      this.#bench.setJob(index, { source: index, target: index + shift, length, counter: COUNTER });
    }
  }

  #time(work: () => void, milliseconds = SLICE_MS): number {
    return nanosecondsEach(work, { milliseconds, perBatch: BATCH });
  }
}

function measureOf(what: string, length: number): Measure {
  return { name: `${what} ${length}`, unit: 'ns', better: 'lower', floor: 2 };
}

/** For those who measure something else, and in between want to know what the machine has left. */
export function measureYardstick(): number {
  return new AeadBench(['openssl']).yardstick();
}
