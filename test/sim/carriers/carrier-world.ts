/** A client with a choice of carriers, a server, the ways between them, and one virtual clock. */
import { CarrierDirector } from '../../../src/device/carriers/carrier-director.ts';
import type { CarrierDecision, CarrierStatus } from '../../../src/device/carriers/directed-peer.ts';
import { RememberedCarriers } from '../../../src/device/carriers/remembered-carriers.ts';
import type { Endpoint } from '../../../src/protocol/endpoint.ts';
import type { Prefix } from '../../../src/protocol/engine-port.ts';
import { address, endpoint } from '../../../src/testing/addresses.ts';
import { SeededRandom } from '../../../src/testing/seeded-random.ts';
import { VirtualClock } from '../../../src/testing/virtual-clock.ts';
import type { CarrierName } from '../../../src/transport/carrier-name.ts';
import type { CarrierCandidate } from '../../../src/transport/selection/candidate.ts';
import { Download } from './download.ts';
import type { Content, Message } from './model-core.ts';
import { ModelCore, PEER } from './model-core.ts';
import { ModelServer } from './model-server.ts';
import type { PipeFaults } from './pipe.ts';
import { Pipe } from './pipe.ts';
import { StreamModel } from './stream-model.ts';

export const SERVER_KEY = new Uint8Array(32).fill(7);

export interface WorldOptions {
  readonly carriers?: readonly CarrierName[];
  readonly persistentKeepalive?: number;
  /** Whether echo replies can be seen one by one; default true. */
  readonly hearsEchoes?: boolean;
  readonly answersProbes?: boolean;
  readonly seed?: number;
  readonly memory?: RememberedCarriers;
}

interface Way {
  readonly name: CarrierName;
  readonly up: Pipe;
  readonly down: Pipe;
  readonly stream: StreamModel | undefined;
}

const WHERE = endpoint('203.0.113.7', 51820);
const OVERHEAD = 28;

export class CarrierWorld {
  readonly clock = new VirtualClock();
  readonly decisions: (CarrierDecision & { readonly after: number })[] = [];
  readonly ways: readonly Way[];
  readonly core: ModelCore;
  readonly server: ModelServer;
  readonly director: CarrierDirector;
  readonly download: Download;
  network = 'home';
  /** Round trips of `ping`, milliseconds. */
  readonly pings: number[] = [];
  readonly #began: number;
  readonly #pingsSent = new Map<number, number>();
  readonly #hearsEchoes: boolean;

  constructor(options: WorldOptions = {}) {
    const { carriers = ['udp', 'tcp'], seed = 1, memory = new RememberedCarriers(undefined) } = options;
    this.#began = this.clock.at;
    this.#hearsEchoes = options.hearsEchoes ?? true;
    const random = new SeededRandom(seed);
    this.ways = carriers.map((name) => this.#makeWay(name, random));
    this.server = new ModelServer(this.clock, (way, message, bytes) => this.#carryDown(way, message, bytes));
    this.server.answersProbes = options.answersProbes ?? true;
    this.core = new ModelCore(this.clock, (to, message, bytes) => this.#carryUp(to, message, bytes), {
      samePath: (a, b) => a.bundle === b.bundle,
      persistentKeepalive: options.persistentKeepalive,
    });
    this.director = this.#makeDirector(memory);
    this.download = new Download(this.clock, {
      sendSegment: (number, bytes) => this.server.send({ kind: 'flow', number }, bytes),
      sendAck: (number, bytes) => this.core.send({ kind: 'flow', number }, bytes),
    });
    this.core.onEvent = (event) => this.director.handleEvent(event);
    this.core.onContent = (content) => this.#contentAtClient(content);
    this.server.onContent = (content) => this.#contentAtServer(content);
    this.director.addPeer({
      peer: PEER,
      publicKey: SERVER_KEY,
      candidates: carriers.map(candidateOf),
      allowedIps: [prefix('10.9.0.0', 24)],
      isPersistent: options.persistentKeepalive !== undefined,
    });
    this.core.start();
  }

  /** Milliseconds since the beginning. */
  get elapsed(): number {
    return this.clock.at - this.#began;
  }

  /** Where the client's packets go. */
  get carrier(): CarrierName | undefined {
    const { endpoint: where } = this.core;
    return where === undefined ? undefined : this.ways[this.#wayOf(where) ?? -1]?.name;
  }

  way(name: CarrierName): Way {
    const way = this.ways.find((each) => each.name === name);
    if (way === undefined) throw new TypeError(`no ${name} in this world`);
    return way;
  }

  advance(milliseconds: number): void {
    this.clock.advance(milliseconds);
  }

  /** The same faults both ways, or in one direction. */
  spoil(name: CarrierName, faults: PipeFaults, direction: 'both' | 'up' | 'down' = 'both'): void {
    const { up, down } = this.way(name);
    if (direction !== 'down') up.faults = faults;
    if (direction !== 'up') down.faults = faults;
  }

  block(name: CarrierName, direction: 'both' | 'up' | 'down' = 'both'): void {
    this.spoil(name, { blocked: true }, direction);
  }

  mend(name: CarrierName): void {
    this.spoil(name, {});
  }

  startDownload(): void {
    this.download.start();
  }

  /** One packet that the far end answers. Negative numbers, so that it is no segment. */
  ping(): void {
    const number = -2 - this.#pingsSent.size;
    this.#pingsSent.set(number, this.clock.at);
    this.core.send({ kind: 'flow', number }, 100);
  }

  status(): CarrierStatus | undefined {
    return this.director.statusOf(PEER);
  }

  removePeer(): void {
    this.director.removePeer(PEER);
  }

  #makeWay(name: CarrierName, random: SeededRandom): Way {
    const up = new Pipe(this.clock, random.fork());
    const down = new Pipe(this.clock, random.fork());
    if (name === 'udp') return { name, up, down, stream: undefined };
    const events = {
      up: (bundle: number) => this.director.streamUp(bundle),
      down: (bundle: number, reason: string) => this.director.streamDown(bundle, reason),
    };
    return { name, up, down, stream: new StreamModel(name === 'tcp' ? 1 : 2, this.clock, { up, down }, events) };
  }

  #makeDirector(memory: RememberedCarriers): CarrierDirector {
    return new CarrierDirector({
      driver: { run: (action) => action(this.core, this.clock.now()) },
      streams: {
        open: (bundle, { kind }) => this.way(kind).stream?.open(bundle),
        close: (bundle) => this.ways.find(({ stream }) => stream?.bundle === bundle)?.stream?.close(),
      },
      ledger: { read: () => ({ ...this.core.record }) },
      clock: () => this.clock.now(),
      addresses: () => [prefix('10.9.0.2', 24)],
      memory,
      network: () => this.network,
      onDecision: (decision) => this.decisions.push({ ...decision, after: this.elapsed }),
      wakeAfter: (milliseconds, run) => this.clock.scheduleIn(milliseconds, run),
    });
  }

  #carryUp(to: Endpoint, message: Message, bytes: number): void {
    const index = this.#wayOf(to);
    if (index === undefined) return;
    const way = this.ways[index];
    const deliver = (): void => this.server.receive(index, message);
    if (way.stream !== undefined) way.stream.carry('up', bytes + OVERHEAD, deliver);
    else this.#carryDatagram(way.up, bytes, deliver);
  }

  #carryDown(index: number, message: Message, bytes: number): void {
    const way = this.ways[index];
    const bundle = way.stream?.bundle;
    const from: Endpoint = bundle === undefined ? WHERE : { ...WHERE, bundle };
    const deliver = (): void => this.core.receive(from, message);
    if (way.stream !== undefined) way.stream.carry('down', bytes + OVERHEAD, deliver);
    else this.#carryDatagram(way.down, bytes, deliver);
  }

  #carryDatagram(pipe: Pipe, bytes: number, deliver: () => void): void {
    const time = pipe.carry(bytes + OVERHEAD);
    if (time !== 'lost') this.clock.scheduleIn(time, deliver);
  }

  #wayOf({ bundle }: Endpoint): number | undefined {
    const index = this.ways.findIndex(({ stream }) => stream?.bundle === bundle);
    return index < 0 ? undefined : index;
  }

  #contentAtServer(content: Content): void {
    if (content.kind !== 'flow') return;
    if (content.number < -1) this.server.send(content, 100);
    else this.download.ackArrived(content.number);
  }

  #contentAtClient(content: Content): void {
    if (content.kind === 'echo') this.#echoArrived(content.packet);
    else if (content.kind === 'flow' && content.number < 0) this.#pingArrived(content.number);
    else if (content.kind === 'flow') this.download.segmentArrived(content.number);
  }

  #pingArrived(number: number): void {
    const sentAt = this.#pingsSent.get(number);
    if (sentAt !== undefined) this.pings.push(this.clock.at - sentAt);
  }

  #echoArrived(packet: Uint8Array): void {
    if (!this.#hearsEchoes) return;
    const view = new DataView(packet.buffer);
    this.director.echoAnswered({ identifier: view.getUint16(24), sequence: view.getUint16(26) });
  }
}

function candidateOf(name: CarrierName): CarrierCandidate {
  if (name === 'udp') return { name, endpoint: WHERE };
  return { name, endpoint: WHERE, target: { kind: name, endpoint: WHERE, connections: 1 } };
}

function prefix(text: string, length: number): Prefix {
  return { address: address(text), length };
}
