/** One end of a carrier under test: what it sends and what it hears, as bytes and endpoints. */
import type { Arena } from '../../src/dataplane/arena.ts';
import type { Endpoint } from '../../src/protocol/endpoint.ts';
import type { Carrier, SendReport } from '../../src/transport/carrier.ts';
import { PATH_BYTES } from '../../src/transport/carrier.ts';
import { decodePath, encodePath } from '../../src/transport/path.ts';
import { until } from '../streams/hub-party.ts';

export interface Heard {
  readonly bytes: Buffer;
  readonly from: Endpoint;
  /** The path record, as it came. */
  readonly path: Uint8Array;
}

const DATA_BYTES = 1 << 17;

export class CarrierSide {
  readonly carrier: Carrier;
  /** BOUNDED by what a test sends. */
  readonly heard: Heard[] = [];
  readonly #arena: Arena;
  readonly #data: number;
  readonly #path: number;

  constructor(arena: Arena, carrier: Carrier) {
    this.#arena = arena;
    this.carrier = carrier;
    this.#data = arena.reserve(DATA_BYTES);
    this.#path = arena.reserve(PATH_BYTES);
  }

  /** Sends one run. @param to an endpoint, or a path record that came with a datagram */
  send(to: Endpoint | Uint8Array, bytes: Uint8Array, segment = bytes.length, flow = 0): SendReport {
    if (to instanceof Uint8Array) this.#arena.bytes.set(to, this.#path);
    else encodePath(this.#arena.bytes, this.#path, to);
    this.#arena.bytes.set(bytes, this.#data);
    const one = (value: number): Int32Array => Int32Array.of(value);
    const run = { offset: one(this.#data), length: one(bytes.length), segment: one(segment), path: one(this.#path) };
    return { ...this.carrier.send({ count: 1, ...run, flow: one(flow) }) };
  }

  /** Takes everything that is there. */
  receive(): void {
    for (let count = this.carrier.receive(); count > 0; count = this.carrier.receive()) {
      for (let entry = 0; entry < count; entry++) this.#take(entry);
    }
  }

  async hears(count: number): Promise<readonly Heard[]> {
    await until(`${count} datagrams`, () => {
      this.receive();
      return this.heard.length >= count;
    });
    return this.heard;
  }

  #take(entry: number): void {
    const { offset, length, segment, path } = this.carrier.received;
    const { bytes } = this.#arena;
    const at = path[entry];
    const record = { from: decodePath(bytes, at), path: bytes.slice(at, at + PATH_BYTES) };
    const end = offset[entry] + length[entry];
    for (let start = offset[entry]; start < end; start += segment[entry]) {
      const datagram = Buffer.from(bytes.slice(start, Math.min(start + segment[entry], end)));
      this.heard.push({ bytes: datagram, ...record });
    }
  }
}
