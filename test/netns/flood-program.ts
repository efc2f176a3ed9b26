/**
 * Floods daemons with what no peer sends, through our own UDP carrier, so that it is fast and knows
 * exactly what the system took. A process of its own; see `flood-order.ts` for argument and result.
 *
 *     random     noise of every length from 0 to 1600, alone and in trains
 *     typed      the same with the type of a message where the profile has it
 *     truncated  a real datagram cut short
 *     flipped    a real datagram with one to three bits inverted
 *     replayed   a real datagram as it was
 */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Arena } from '../../src/dataplane/arena.ts';
import { loadSyscalls } from '../../src/platform/ffi/syscalls.ts';
import { closeUdpSockets, openUdpSockets } from '../../src/platform/linux/udp-socket.ts';
import { parseAddress } from '../../src/protocol/address-text.ts';
import { below } from '../../src/protocol/random.ts';
import { SeededRandom } from '../../src/testing/seeded-random.ts';
import type { SendRuns } from '../../src/transport/carrier.ts';
import { PATH_BYTES } from '../../src/transport/carrier.ts';
import { encodePath } from '../../src/transport/path.ts';
import { LinuxUdpCarrier } from '../../src/transport/udp/linux-udp-carrier.ts';
import type { FloodOrder, FloodReport } from './flood-order.ts';
import { LONGEST_GARBAGE } from './flood-order.ts';

type Kind = 'random' | 'typed' | 'truncated' | 'flipped' | 'replayed';

/** In ten datagrams. */
const MIXTURE: readonly Kind[] = [
  'random',
  'truncated',
  'typed',
  'flipped',
  'random',
  'replayed',
  'typed',
  'truncated',
  'random',
  'flipped',
];

const BATCH = 32;
/** Instead of single datagrams, every so many batches one train. */
const TRAIN_EVERY = 6;
const TRAIN_DATAGRAMS = 40;
/** Longer datagrams are cut on the way, which a train cannot be. */
const LONGEST_IN_TRAIN = 1400;
const NOISE_BYTES = 128 << 10;
const SLOT_BYTES = 2048;

class Flood {
  readonly #order: FloodOrder;
  readonly #random: SeededRandom;
  readonly #samples: readonly Buffer[];
  readonly #arena = new Arena(128);
  readonly #handle = openUdpSockets({ port: 0 });
  readonly #carrier = new LinuxUdpCarrier(loadSyscalls(), this.#arena, this.#handle);
  readonly #noise = this.#arena.reserve(NOISE_BYTES);
  readonly #slots = this.#arena.reserve(BATCH * SLOT_BYTES);
  readonly #paths: readonly number[];
  readonly #runs = newRuns();
  readonly #sent: number[];
  readonly #byKind: Record<Kind, number> = { random: 0, typed: 0, truncated: 0, flipped: 0, replayed: 0 };
  readonly #lengths = new Set<number>();
  #total = 0;
  #failed = 0;
  #answers = 0;
  #nextLength = 0;

  constructor(order: FloodOrder) {
    this.#order = order;
    this.#random = new SeededRandom(order.seed);
    this.#samples = readSamples(order.samples);
    this.#random.fill(this.#arena.bytes.subarray(this.#noise, this.#noise + NOISE_BYTES));
    this.#paths = order.targets.map((target) => this.#pathTo(target));
    this.#sent = order.targets.map(() => 0);
  }

  async run(): Promise<FloodReport> {
    const { datagrams, perSecond, limitMilliseconds } = this.#order;
    const began = performance.now();
    for (let batch = 0; this.#total < datagrams && performance.now() - began < limitMilliseconds; batch += 1) {
      this.#sendBatch(batch);
      const early = began + (this.#total / perSecond) * 1000 - performance.now();
      if (early > 1) await sleep(early);
    }
    closeUdpSockets(this.#handle);
    return {
      sent: this.#sent,
      failed: this.#failed,
      byKind: this.#byKind,
      lengths: this.#lengths.size,
      answers: this.#answers,
      milliseconds: performance.now() - began,
    };
  }

  #pathTo(target: string): number {
    const address = parseAddress(target);
    if (address === undefined) throw new TypeError(`"${target}" is no address`);
    const path = this.#arena.reserve(PATH_BYTES);
    encodePath(this.#arena.bytes, path, { address, port: this.#order.port, scopeId: 0 });
    return path;
  }

  #sendBatch(batch: number): void {
    const target = batch % this.#paths.length;
    const left = this.#order.datagrams - this.#total;
    this.#runs.count = 0;
    if (batch % TRAIN_EVERY < this.#paths.length && left >= TRAIN_DATAGRAMS) this.#addTrain(target);
    else for (let slot = 0; slot < Math.min(BATCH, left); slot += 1) this.#addSingle(slot, target);
    const { sent, full, failed } = this.#carrier.send(this.#runs);
    this.#sent[target] = this.#sent[target] + sent;
    this.#total += sent;
    this.#failed += full + failed;
    for (let count = this.#carrier.receive(); count > 0; count = this.#carrier.receive()) this.#answers += count;
  }

  #addTrain(target: number): void {
    const length = 1 + below(this.#random, LONGEST_IN_TRAIN);
    const total = length * TRAIN_DATAGRAMS;
    this.#addRun(this.#noise + below(this.#random, NOISE_BYTES - total), total, length, target);
    this.#byKind.random += TRAIN_DATAGRAMS;
  }

  #addSingle(slot: number, target: number): void {
    const kind = MIXTURE[below(this.#random, MIXTURE.length)];
    const offset = this.#slots + slot * SLOT_BYTES;
    const room = this.#arena.bytes.subarray(offset, offset + SLOT_BYTES);
    const length =
      kind === 'random' || kind === 'typed' ? this.#invent(room, kind === 'typed') : this.#spoil(room, kind);
    this.#addRun(offset, length, length, target);
    this.#byKind[kind] += 1;
  }

  /** Writes noise of the next length in turn. */
  #invent(room: Uint8Array, typed: boolean): number {
    const length = this.#nextLength;
    this.#nextLength = (length + 1) % (LONGEST_GARBAGE + 1);
    this.#lengths.add(length);
    const start = this.#noise + below(this.#random, NOISE_BYTES - LONGEST_GARBAGE);
    room.set(this.#arena.bytes.subarray(start, start + length));
    const { prefix, low, high } = this.#order.shapes[below(this.#random, this.#order.shapes.length)];
    if (!typed || length < prefix + 4) return length;
    const type = low + below(this.#random, high - low + 1);
    new DataView(room.buffer, room.byteOffset).setUint32(prefix, type, true);
    return length;
  }

  /** Writes a real datagram, damaged as `kind` says. */
  #spoil(room: Uint8Array, kind: Kind): number {
    const sample = this.#samples[below(this.#random, this.#samples.length)];
    room.set(sample);
    if (kind === 'truncated') return below(this.#random, sample.length);
    if (kind === 'flipped') {
      for (let flips = 1 + below(this.#random, 3); flips > 0; flips -= 1) {
        const bit = below(this.#random, sample.length * 8);
        room[bit >> 3] = room[bit >> 3] ^ (1 << (bit & 7));
      }
    }
    return sample.length;
  }

  #addRun(offset: number, length: number, segment: number, target: number): void {
    const runs = this.#runs;
    runs.offset[runs.count] = offset;
    runs.length[runs.count] = length;
    runs.segment[runs.count] = segment;
    runs.path[runs.count] = this.#paths[target];
    runs.count += 1;
  }
}

function newRuns(): SendRuns {
  const column = (): Int32Array => new Int32Array(BATCH);
  return { count: 0, offset: column(), length: column(), segment: column(), path: column(), flow: column() };
}

function readSamples(path: string): Buffer[] {
  const lines = readFileSync(path, 'utf8').trim().split('\n');
  return lines.map((line) => Buffer.from(line, 'hex')).filter(({ length }) => length > 0 && length <= SLOT_BYTES);
}

const order = JSON.parse(process.argv[2] ?? '') as FloodOrder;
process.stdout.write(`${JSON.stringify(await new Flood(order).run())}\n`);
