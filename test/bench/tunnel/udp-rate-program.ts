/**
 * One end of a UDP rate measurement, a process of its own inside a namespace. Datagrams go one by one,
 * many in a system call, so that the sender costs less than iperf3 and cannot be what is measured.
 *
 *     0  trial  u32, little endian
 *     4  kind   u32: data, or a question how many of the trial have arrived, or the answer
 *     8  count  u32, in answers
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Arena } from '../../../src/dataplane/arena.ts';
import { loadSyscalls } from '../../../src/platform/ffi/syscalls.ts';
import { Epoll } from '../../../src/platform/linux/epoll.ts';
import { openUdpSockets } from '../../../src/platform/linux/udp-socket.ts';
import { endpoint } from '../../../src/testing/index.ts';
import type { SendRuns } from '../../../src/transport/carrier.ts';
import { PATH_BYTES } from '../../../src/transport/carrier.ts';
import { encodePath } from '../../../src/transport/path.ts';
import { LinuxUdpCarrier } from '../../../src/transport/udp/linux-udp-carrier.ts';
import type { Trial } from './rate-search.ts';
import { findRate } from './rate-search.ts';
import type { UdpRateOrder, UdpRateReport } from './udp-rate-order.ts';

const KIND = { data: 0, question: 1, answer: 2 } as const;
const ARENA_PAGES = 128;
const MESSAGE_BYTES = 12;
const IPV4_AND_UDP_BYTES = 28;
/** Few enough that a burst fits any queue. */
const BATCH = 32;
const FIRST_RATE = 16_000;
/** Trials told apart; the search has fewer. */
const MOST_TRIALS = 1024;
const SETTLE_MS = 60;
const QUESTIONS = 20;
const ANSWER_WAIT_MS = 50;

class RateSocket {
  readonly arena = new Arena(ARENA_PAGES);
  readonly #handle: ReturnType<typeof openUdpSockets>;
  readonly carrier: LinuxUdpCarrier;
  readonly #epoll: Epoll;
  readonly #buffer = this.arena.reserve(65536);
  readonly #runs = newRuns();

  constructor(port: number) {
    const syscalls = loadSyscalls();
    this.#handle = openUdpSockets({ port });
    this.carrier = new LinuxUdpCarrier(syscalls, this.arena, this.#handle);
    this.#epoll = new Epoll(syscalls);
    for (const descriptor of this.carrier.descriptors) this.#epoll.add(descriptor);
  }

  /** Sends `count` equal datagrams; returns how many the system took. */
  send(path: number, bytes: number, fields: readonly [trial: number, kind: number, count: number], count = 1): number {
    for (const [index, value] of fields.entries()) this.arena.view.setUint32(this.#buffer + 4 * index, value, true);
    for (let run = 0; run < count; run += 1) {
      this.#runs.offset[run] = this.#buffer;
      this.#runs.length[run] = bytes;
      this.#runs.segment[run] = bytes;
      this.#runs.path[run] = path;
    }
    this.#runs.count = count;
    return this.carrier.send(this.#runs).sent;
  }

  /** Waits for datagrams, up to `milliseconds` (-1: for ever), and shows each. */
  receive(milliseconds: number, handle: (offset: number, path: number) => void): void {
    if (this.#epoll.wait(milliseconds) === 0) return;
    const { received } = this.carrier;
    for (let count = this.carrier.receive(); count > 0; count = this.carrier.receive()) {
      for (let index = 0; index < count; index += 1) {
        const end = received.offset[index] + received.length[index];
        const step = Math.max(received.segment[index], 1);
        for (let at = received.offset[index]; at < end; at += step) handle(at, received.path[index]);
      }
    }
  }

  field(offset: number, index: number): number {
    return this.arena.view.getUint32(offset + 4 * index, true);
  }
}

function newRuns(): SendRuns {
  const column = (): Int32Array => new Int32Array(BATCH);
  return { count: 0, offset: column(), length: column(), segment: column(), path: column(), flow: column() };
}

/** Counts, and answers questions; never ends by itself. */
function runReceiver(port: number): never {
  const socket = new RateSocket(port);
  const counts = new Uint32Array(MOST_TRIALS);
  console.log('listening');
  for (;;) {
    socket.receive(-1, (offset, path) => {
      const trial = socket.field(offset, 0) % MOST_TRIALS;
      if (socket.field(offset, 1) === KIND.data) counts[trial] += 1;
      else socket.send(path, MESSAGE_BYTES, [trial, KIND.answer, counts[trial]]);
    });
  }
}

class Sender {
  readonly #socket = new RateSocket(0);
  readonly #path = this.#socket.arena.reserve(PATH_BYTES);
  readonly #bytes: number;
  readonly #milliseconds: number;
  /** Sleeps shorter than a timer of Node can be. */
  readonly #pause = new Int32Array(new SharedArrayBuffer(4));
  #trial = 0;
  /** To the question that was asked last; negative before it comes. */
  #answer = -1;

  constructor(order: Extract<UdpRateOrder, { role: 'send' }>) {
    encodePath(this.#socket.arena.bytes, this.#path, endpoint(order.target, order.port));
    this.#bytes = order.packetBytes - IPV4_AND_UDP_BYTES;
    this.#milliseconds = order.trialMilliseconds;
  }

  async find(): Promise<UdpRateReport> {
    const { rate, trials } = await findRate(FIRST_RATE, (wanted) => this.#attempt(wanted));
    return { packetsPerSecond: rate, trials };
  }

  async #attempt(rate: number): Promise<Trial> {
    this.#trial += 1;
    const began = performance.now();
    const end = began + this.#milliseconds;
    let sent = 0;
    for (let now = began; now < end; now = performance.now()) {
      const due = ((now - began) / 1000) * rate - sent;
      if (due >= BATCH) sent += this.#socket.send(this.#path, this.#bytes, [this.#trial, KIND.data, 0], BATCH);
      else Atomics.wait(this.#pause, 0, 0, ((BATCH - due) / rate) * 1000);
    }
    const sentPerSecond = (sent / (performance.now() - began)) * 1000;
    await sleep(SETTLE_MS);
    return { sentPerSecond, loss: sent === 0 ? 1 : 1 - (await this.#ask()) / sent };
  }

  /** How many of this trial have arrived; 0 when nobody answers. */
  async #ask(): Promise<number> {
    this.#answer = -1;
    for (let question = 0; question < QUESTIONS && this.#answer < 0; question += 1) {
      this.#socket.send(this.#path, MESSAGE_BYTES, [this.#trial, KIND.question, 0]);
      this.#socket.receive(ANSWER_WAIT_MS, (offset) => {
        if (this.#socket.field(offset, 0) === this.#trial) this.#answer = this.#socket.field(offset, 2);
      });
      if (this.#answer < 0) await sleep(ANSWER_WAIT_MS);
    }
    return Math.max(this.#answer, 0);
  }
}

const order = JSON.parse(process.argv[2] ?? '') as UdpRateOrder;
if (order.role === 'receive') runReceiver(order.port);
console.log(JSON.stringify(await new Sender(order).find()));
process.exit();
