/** Initiations to a daemon as fast as it answers them, with a fixed number of them unanswered. */
import { readFileSync } from 'node:fs';
import { Arena } from '../../../src/dataplane/arena.ts';
import { loadSyscalls } from '../../../src/platform/ffi/syscalls.ts';
import { Epoll } from '../../../src/platform/linux/epoll.ts';
import { closeUdpSockets, openUdpSockets } from '../../../src/platform/linux/udp-socket.ts';
import { INITIATION_BYTES } from '../../../src/protocol/constants.ts';
import { endpoint } from '../../../src/testing/index.ts';
import type { SendRuns } from '../../../src/transport/carrier.ts';
import { PATH_BYTES } from '../../../src/transport/carrier.ts';
import { encodePath } from '../../../src/transport/path.ts';
import { LinuxUdpCarrier } from '../../../src/transport/udp/linux-udp-carrier.ts';
import type { HandshakeOrder, HandshakeReport } from './handshake-order.ts';

const ARENA_PAGES = 512;
const RESPONSE_TYPE = 2;
const COOKIE_REPLY_TYPE = 3;
/** Without any answer for so long, what is unanswered is given up as lost. */
const PATIENCE_MS = 400;
/** At most so many leave in one call. */
const MOST_AT_ONCE = 64;
/** The daemon's code is not compiled yet, or its threads not started. */
const WARM_UP_RESPONSES = 200;

type FloodOrder = Extract<HandshakeOrder, { role: 'flood' }>;

export class HandshakeFlood {
  readonly #order: FloodOrder;
  readonly #arena = new Arena(ARENA_PAGES);
  readonly #handle = openUdpSockets({ port: 0 });
  readonly #carrier = new LinuxUdpCarrier(loadSyscalls(), this.#arena, this.#handle);
  readonly #epoll = new Epoll(loadSyscalls());
  readonly #path = this.#arena.reserve(PATH_BYTES);
  readonly #runs = newRuns();
  readonly #initiations: number;
  readonly #total: number;
  #next = 0;
  #unanswered = 0;
  #responses = 0;
  #cookieReplies = 0;

  constructor(order: FloodOrder) {
    this.#order = order;
    const stored = readFileSync(order.file);
    this.#initiations = this.#arena.reserve(stored.length);
    this.#arena.bytes.set(stored, this.#initiations);
    this.#total = stored.length / INITIATION_BYTES;
    encodePath(this.#arena.bytes, this.#path, endpoint(order.target, order.port));
    for (const descriptor of this.#carrier.descriptors) this.#epoll.add(descriptor);
  }

  run(): HandshakeReport {
    this.#exchange(() => this.#responses >= WARM_UP_RESPONSES);
    const [before, began] = [this.#responses, performance.now()];
    this.#exchange(() => performance.now() - began >= this.#order.milliseconds);
    const seconds = (performance.now() - began) / 1000;
    closeUdpSockets(this.#handle);
    const responses = this.#responses - before;
    return { responses, cookieReplies: this.#cookieReplies, seconds, curveMicroseconds: 0 };
  }

  /** Until `isDone` or there is nothing left to send. */
  #exchange(isDone: () => boolean): void {
    while (!isDone() && this.#next < this.#total) {
      this.#send(Math.min(this.#order.window - this.#unanswered, MOST_AT_ONCE, this.#total - this.#next));
      if (this.#epoll.wait(PATIENCE_MS) === 0) this.#unanswered = 0;
      else this.#receive();
    }
  }

  #send(count: number): void {
    if (count <= 0) return;
    for (let index = 0; index < count; index += 1) {
      this.#runs.offset[index] = this.#initiations + (this.#next + index) * INITIATION_BYTES;
      this.#runs.length[index] = INITIATION_BYTES;
      this.#runs.segment[index] = INITIATION_BYTES;
      this.#runs.path[index] = this.#path;
    }
    this.#runs.count = count;
    this.#carrier.send(this.#runs);
    this.#next += count;
    this.#unanswered += count;
  }

  #receive(): void {
    const { received } = this.#carrier;
    for (let count = this.#carrier.receive(); count > 0; count = this.#carrier.receive()) {
      for (let index = 0; index < count; index += 1) {
        const end = received.offset[index] + received.length[index];
        for (let at = received.offset[index]; at < end; at += received.segment[index]) this.#take(at);
      }
    }
  }

  #take(message: number): void {
    const type = this.#arena.bytes[message];
    if (type === RESPONSE_TYPE) this.#responses += 1;
    if (type === COOKIE_REPLY_TYPE) this.#cookieReplies += 1;
    this.#unanswered = Math.max(0, this.#unanswered - 1);
  }
}

function newRuns(): SendRuns {
  const column = (): Int32Array => new Int32Array(MOST_AT_ONCE);
  return { count: 0, offset: column(), length: column(), segment: column(), path: column(), flow: column() };
}
