/**
 * Floods a daemon with handshake messages from as many addresses as are asked for, all of them local to
 * this namespace. A process of its own; see `flood-order.ts` for argument and result.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { nodeCrypto } from '../../../src/crypto/node-crypto.ts';
import { SystemRandom } from '../../../src/crypto/system-random.ts';
import { Arena } from '../../../src/dataplane/arena.ts';
import { loadSyscalls } from '../../../src/platform/ffi/syscalls.ts';
import { closeUdpSockets, openUdpSockets } from '../../../src/platform/linux/udp-socket.ts';
import { fromHex, writeUint32 } from '../../../src/protocol/bytes.ts';
import { INITIATION_BYTES } from '../../../src/protocol/constants.ts';
import { MacStamper } from '../../../src/protocol/cookie/mac-stamper.ts';
import type { Endpoint } from '../../../src/protocol/endpoint.ts';
import type { Instant } from '../../../src/protocol/time.ts';
import { address, endpoint } from '../../../src/testing/index.ts';
import type { SendRuns } from '../../../src/transport/carrier.ts';
import { PATH_BYTES } from '../../../src/transport/carrier.ts';
import { encodePath } from '../../../src/transport/path.ts';
import { LinuxUdpCarrier } from '../../../src/transport/udp/linux-udp-carrier.ts';
import { makeInitiations } from '../initiations.ts';
import type { HandshakeFloodOrder, HandshakeFloodReport } from './flood-order.ts';

const BATCH = 64;
/** Different messages of a kind, sent in turns. */
const MESSAGES = 2048;
const ARENA_PAGES = 256;
const INITIATION_TYPE = 1;

class HandshakeFlood {
  readonly #order: HandshakeFloodOrder;
  readonly #arena = new Arena(ARENA_PAGES);
  readonly #handle = openUdpSockets({ port: 0 });
  readonly #carrier = new LinuxUdpCarrier(loadSyscalls(), this.#arena, this.#handle);
  readonly #paths: number;
  readonly #messages: number;
  readonly #count: number;
  readonly #runs = newRuns();
  #next = 0;
  #sent = 0;
  #failed = 0;
  #answers = 0;

  constructor(order: HandshakeFloodOrder) {
    this.#order = order;
    this.#paths = this.#arena.reserve(order.sources * PATH_BYTES);
    for (let source = 0; source < order.sources; source += 1) {
      encodePath(this.#arena.bytes, this.#paths + source * PATH_BYTES, wayFrom(order, source));
    }
    const messages = messagesOf(order);
    this.#messages = this.#arena.reserve(messages.length);
    this.#arena.bytes.set(messages, this.#messages);
    this.#count = messages.length / INITIATION_BYTES;
  }

  async run(): Promise<HandshakeFloodReport> {
    const { perSecond, milliseconds } = this.#order;
    const began = performance.now();
    for (;;) {
      const elapsed = performance.now() - began;
      if (elapsed >= milliseconds) break;
      while (this.#next < (perSecond * elapsed) / 1000) this.#sendBatch();
      for (let count = this.#carrier.receive(); count > 0; count = this.#carrier.receive()) this.#answers += count;
      await sleep(1);
    }
    const seconds = (performance.now() - began) / 1000;
    closeUdpSockets(this.#handle);
    return { sent: this.#sent, failed: this.#failed, answers: this.#answers, seconds };
  }

  #sendBatch(): void {
    const { sources } = this.#order;
    for (let slot = 0; slot < BATCH; slot += 1) {
      const number = this.#next + slot;
      this.#runs.offset[slot] = this.#messages + (number % this.#count) * INITIATION_BYTES;
      this.#runs.length[slot] = INITIATION_BYTES;
      this.#runs.segment[slot] = INITIATION_BYTES;
      this.#runs.path[slot] = this.#paths + (number % sources) * PATH_BYTES;
    }
    this.#runs.count = BATCH;
    const { sent, full, failed } = this.#carrier.send(this.#runs);
    this.#next += BATCH;
    this.#sent += sent;
    this.#failed += full + failed;
  }
}

function wayFrom({ target, port, sources, sourceNetwork }: HandshakeFloodOrder, source: number): Endpoint {
  const there = endpoint(target, port);
  if (sources === 1) return there;
  const [a, b] = sourceNetwork.split('.');
  return { ...there, local: { address: address(`${a}.${b}.${source >> 8}.${source & 255}`), interfaceIndex: 0 } };
}

function messagesOf({ kind, responder, peer }: HandshakeFloodOrder): Uint8Array {
  const crypto = nodeCrypto();
  const to = fromHex(responder) as Uint8Array;
  if (kind === 'replay') return makeInitiations(crypto, to, [crypto.loadPrivateKey(fromHex(peer) as Uint8Array)], 1);
  const messages = new SystemRandom().fill(new Uint8Array(MESSAGES * INITIATION_BYTES));
  const stamper = new MacStamper(crypto, to);
  for (let offset = 0; offset < messages.length; offset += INITIATION_BYTES) {
    const message = messages.subarray(offset, offset + INITIATION_BYTES);
    writeUint32(message, 0, INITIATION_TYPE);
    if (kind === 'mac1') stamper.stamp(message, 0 as Instant);
  }
  return messages;
}

function newRuns(): SendRuns {
  const column = (): Int32Array => new Int32Array(BATCH);
  return { count: 0, offset: column(), length: column(), segment: column(), path: column(), flow: column() };
}

const order = JSON.parse(process.argv[2] ?? '') as HandshakeFloodOrder;
console.log(JSON.stringify(await new HandshakeFlood(order).run()));
