/** Two inline engines on a network in memory, for the tests of the data plane. */
import { nodeCrypto } from '../../src/crypto/node-crypto.ts';
import { Arena } from '../../src/dataplane/arena.ts';
import { InlineEngine } from '../../src/dataplane/inline-engine.ts';
import type { KernelName } from '../../src/kernels/kernel.ts';
import { createPacketKernel } from '../../src/kernels/packet-kernel.ts';
import { createAeadKernel } from '../../src/kernels/select.ts';
import type { Endpoint } from '../../src/protocol/endpoint.ts';
import type { EngineEvent, KeypairMaterial, PeerId, Prefix, ReceiverIndex } from '../../src/protocol/engine-port.ts';
import { nullProfile } from '../../src/protocol/obfuscation/null-profile.ts';
import type { Profile } from '../../src/protocol/obfuscation/profile.ts';
import type { Datagram, MemoryCarrier } from '../../src/testing/index.ts';
import { address, endpoint, MemoryNetwork, MemoryTun, SeededRandom, VirtualClock } from '../../src/testing/index.ts';

interface Side {
  readonly inner: string;
  readonly prefixes: readonly Prefix[];
  readonly outer: Endpoint;
}

const side = (host: number): Side => ({
  inner: `10.0.0.${host}`,
  prefixes: [
    { address: address(`10.0.0.${host}`), length: 32 },
    { address: address(`fd00::${host}`), length: 128 },
  ],
  outer: endpoint(`192.0.2.${host}`, 1000 + host),
});

export const INITIATOR = side(1);
export const RESPONDER = side(2);

const ARENA_PAGES = 128;
const PEER = 0 as PeerId;
const LIMITS = { rekeyAfter: 120_000, rekeyOnReceiveAfter: 165_000, rejectAfter: 180_000 };

export class EngineNode {
  readonly arena: Arena;
  readonly engine: InlineEngine;
  readonly tun: MemoryTun;
  readonly carrier: MemoryCarrier;
  readonly endpoint: Endpoint;
  readonly peer = PEER;
  /** BOUNDED by the length of the test. */
  #events: EngineEvent[] = [];

  constructor(
    network: MemoryNetwork,
    own: Side,
    remote: Side,
    profile: Profile,
    clock: VirtualClock,
    kernel: KernelName,
  ) {
    const arena = new Arena(ARENA_PAGES);
    this.arena = arena;
    this.endpoint = own.outer;
    this.tun = new MemoryTun(arena);
    this.carrier = network.attach(arena, { local: [own.outer], trains: true });
    this.engine = new InlineEngine({
      arena,
      aead: createAeadKernel(kernel, arena),
      packets: createPacketKernel(arena, 0),
      tun: this.tun,
      carrier: this.carrier,
      crypto: nodeCrypto(),
      random: new SeededRandom(own.outer.port),
      profile,
      clock: () => clock.now(),
    });
    this.engine.listen({ onEvents: (events) => this.#events.push(...events), onFailure: assertNever });
    this.engine.execute([
      { kind: 'set-limits', limits: LIMITS },
      { kind: 'add-peer', peer: PEER },
      { kind: 'set-allowed-ips', peer: PEER, prefixes: remote.prefixes },
      { kind: 'set-endpoint', peer: PEER, endpoint: remote.outer },
    ]);
  }

  /** The events of one kind since the last call; forgets the others too. */
  takeEvents<K extends EngineEvent['kind']>(kind: K): Extract<EngineEvent, { kind: K }>[] {
    const events = this.#events;
    this.#events = [];
    return events.filter((event): event is Extract<EngineEvent, { kind: K }> => event.kind === kind);
  }
}

export class EngineWorld {
  readonly clock = new VirtualClock();
  readonly random = new SeededRandom(1);
  readonly network = new MemoryNetwork();
  readonly a: EngineNode;
  readonly b: EngineNode;
  #datagrams: Datagram[] = [];

  constructor(profile: Profile = nullProfile(), kernel: KernelName = 'wasm-simd') {
    this.network.observe((datagram) => this.#datagrams.push(datagram));
    this.a = new EngineNode(this.network, INITIATOR, RESPONDER, profile, this.clock, kernel);
    this.b = new EngineNode(this.network, RESPONDER, INITIATOR, profile, this.clock, kernel);
  }

  /** As after a handshake that `a` began; the confirming packet has arrived. */
  connect(): void {
    this.installKeypair(this.b, false);
    this.installKeypair(this.a, true);
    this.settle();
  }

  installKeypair(node: EngineNode, isInitiator: boolean): void {
    const [own, other] = isInitiator ? [1, 2] : [2, 1];
    const keypair: KeypairMaterial = {
      localIndex: own as ReceiverIndex,
      remoteIndex: other as ReceiverIndex,
      sendKey: new Uint8Array(32).fill(own),
      receiveKey: new Uint8Array(32).fill(other),
      isInitiator,
      createdAt: this.clock.at,
    };
    node.engine.execute([{ kind: 'install-keypair', peer: PEER, keypair, confirm: true }]);
  }

  /** Pumps both ends until nothing moves. */
  settle(): void {
    let busy = true;
    while (busy) {
      const moved = [this.a, this.b].map(({ engine }) => engine.pump());
      busy = moved.includes(true) || this.a.carrier.waiting + this.b.carrier.waiting > 0;
    }
  }

  takeDatagrams(): Datagram[] {
    const datagrams = this.#datagrams;
    this.#datagrams = [];
    return datagrams;
  }
}

function assertNever(error: Error): void {
  throw error;
}
