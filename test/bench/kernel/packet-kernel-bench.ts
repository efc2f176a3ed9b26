/** Split, merge, header mask, checksum and copy: what else touches the bytes of a packet. */
import { Arena } from '../../../src/dataplane/arena.ts';
import { HeaderMask } from '../../../src/kernels/header-mask.ts';
import type { PacketKernel } from '../../../src/kernels/kernel.ts';
import { JOB } from '../../../src/kernels/kernel.ts';
import { createPacketKernel } from '../../../src/kernels/packet-kernel.ts';
import type { TransportName } from '../path/traffic.ts';
import { frameOfTraffic } from '../path/traffic.ts';
import type { FigureSet, Measure } from '../results/figure.ts';
import { nanosecondsEach } from '../stopwatch.ts';
import { PACKET_SIZES, YARDSTICK } from './aead-bench.ts';

const ARENA_PAGES = 64;
const ROOM = 1 << 20;
const MTU = 1420;
const MAX_PACKETS = 128;
/** Prefix of 12 and transport header, as with header protection. */
const HEADROOM = 28;
const SLICE_MS = 10;
const WARM_UP_MS = 25;
/** Calls that take a few nanoseconds are timed by the hundred. */
const REPEAT = 100;
/** The longest IP and TCP headers without options, which merging changes in the first packet of a flow. */
const HEADERS_BYTES = 64;
const PER_PACKET: Measure = { name: 'per packet', unit: 'ns', better: 'lower', floor: 1 };

export class PacketKernelBench {
  readonly #arena = new Arena(ARENA_PAGES);
  readonly #kernel: PacketKernel = createPacketKernel(this.#arena, 0);
  readonly #mask = new HeaderMask(this.#arena);
  readonly #frame = this.#arena.reserve(1 << 17);
  readonly #output = this.#arena.reserve(ROOM);
  readonly #jobs = this.#arena.reserve(MAX_PACKETS * JOB.bytes);
  readonly #offsets = this.#arena.reserve(MAX_PACKETS * Uint32Array.BYTES_PER_ELEMENT);
  readonly #streams = this.#arena.reserve(MAX_PACKETS * 16);
  readonly #saved = this.#arena.reserve(HEADERS_BYTES);
  #frameLength = 0;

  constructor() {
    this.#mask.setKey(new Uint8Array(32).fill(7));
    this.#each(() => undefined, WARM_UP_MS);
  }

  measure(figures: FigureSet, yardstick: number): void {
    const reference = { name: YARDSTICK, value: yardstick };
    this.#each((subject, nanoseconds) => {
      figures.add({ section: 'kernel', table: 'Packet work', subject }, PER_PACKET, nanoseconds, reference);
    }, SLICE_MS);
  }

  #each(report: (subject: string, nanoseconds: number) => void, milliseconds: number): void {
    for (const transport of ['tcp', 'udp'] as const) {
      report(`split ${transport}`, this.#split(transport, milliseconds));
      report(`merge ${transport}`, this.#merge(transport, milliseconds));
    }
    const count = this.#splitOnce('tcp');
    const mask = (): void => this.#mask.maskJobs(this.#jobs, count, HEADROOM);
    report('mask header', nanosecondsEach(mask, { milliseconds, perBatch: count }));
    report('unmask header', this.#unmask(count, milliseconds));
    for (const size of PACKET_SIZES) {
      report(
        `checksum ${size}`,
        this.#repeat(() => this.#kernel.checksum(this.#frame, size), milliseconds),
      );
    }
    report(
      'copy 1420',
      this.#repeat(() => this.#kernel.copy(this.#output, this.#frame, 1420), milliseconds),
    );
  }

  #split(transport: TransportName, milliseconds: number): number {
    const perBatch = this.#splitOnce(transport);
    return nanosecondsEach(() => this.#splitAgain(), { milliseconds, perBatch });
  }

  #merge(transport: TransportName, milliseconds: number): number {
    const perBatch = this.#splitOnce(transport);
    const first = this.#target(0);
    this.#kernel.copy(this.#saved, first, HEADERS_BYTES);
    const prepare = (): void => this.#kernel.copy(first, this.#saved, HEADERS_BYTES);
    return nanosecondsEach(() => this.#mergeAll(perBatch), { milliseconds, perBatch, prepare });
  }

  #mergeAll(count: number): void {
    this.#kernel.mergeBegin(true, true);
    for (let index = 0; index < count; index += 1) this.#kernel.mergeAdd(this.#target(index), this.#unpadded(index));
    const frames = this.#kernel.mergeFinish();
    if (frames !== 1) throw new Error(`${count} packets of one flow merge to ${frames} frames`);
  }

  #unmask(count: number, milliseconds: number): number {
    for (let index = 0; index < count; index += 1) {
      this.#arena.u32[(this.#offsets >>> 2) + index] = this.#target(index) - HEADROOM;
    }
    const work = (): void => this.#mask.keystreams(this.#offsets, count, this.#streams);
    return nanosecondsEach(work, { milliseconds, perBatch: count });
  }

  /** Returns how many packets there are. */
  #splitOnce(transport: TransportName): number {
    const frame = frameOfTraffic({ transport, packetBytes: MTU, superPackets: true });
    this.#arena.bytes.set(frame, this.#frame);
    this.#frameLength = frame.length;
    return this.#splitAgain();
  }

  #splitAgain(): number {
    const [frame, length] = [this.#frame, this.#frameLength];
    return this.#kernel.split(frame, length, 0, MAX_PACKETS, this.#output, HEADROOM, MTU, this.#jobs);
  }

  #repeat(work: () => void, milliseconds: number): number {
    const many = (): void => {
      for (let time = 0; time < REPEAT; time += 1) work();
    };
    return nanosecondsEach(many, { milliseconds, perBatch: REPEAT });
  }

  #target(index: number): number {
    return this.#arena.view.getUint32(this.#jobs + index * JOB.bytes + JOB.target, true);
  }

  #unpadded(index: number): number {
    return this.#arena.view.getUint32(this.#jobs + index * JOB.bytes + JOB.user, true);
  }
}
