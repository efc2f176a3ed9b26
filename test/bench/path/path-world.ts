/** Two engines in one arena, with sessions between them, and traffic from the first to the second. */
import { nodeCrypto } from '../../../src/crypto/node-crypto.ts';
import { SystemRandom } from '../../../src/crypto/system-random.ts';
import { Arena } from '../../../src/dataplane/arena.ts';
import type { EngineCounters } from '../../../src/dataplane/engine.ts';
import { InlineEngine } from '../../../src/dataplane/inline-engine.ts';
import type { AeadKernel, PacketKernel } from '../../../src/kernels/kernel.ts';
import { createPacketKernel } from '../../../src/kernels/packet-kernel.ts';
import { KernelUnavailableError, selectAeadKernel } from '../../../src/kernels/select.ts';
import type { Tun } from '../../../src/platform/tun.ts';
import type { EngineCommand, KeypairMaterial, PeerId, ReceiverIndex } from '../../../src/protocol/engine-port.ts';
import type { Instant, Moment, WallTime } from '../../../src/protocol/time.ts';
import { address, endpoint } from '../../../src/testing/index.ts';
import type { Carrier } from '../../../src/transport/carrier.ts';
import { profileNamed } from '../profiles.ts';
import type { PathOrder } from './path-order.ts';
import { LoopCarrier, ReplayTun, SinkTun } from './replay-devices.ts';
import { frameOfTraffic, packetsIn } from './traffic.ts';

/** Two engines and a thousand frames to replay. */
export const ARENA_PAGES = 512;
const LIMITS = { rekeyAfter: 120_000, rekeyOnReceiveAfter: 165_000, rejectAfter: 180_000 };
/** Time stands still, so that no session grows old and nothing is allocated to say what time it is. */
const NOW: Moment = { at: 1_000_000 as Instant, wall: 1_767_225_600_000 as WallTime };

/** Stands between the engines and their kernels. */
export interface KernelWrapper {
  readonly aead: (kernel: AeadKernel) => AeadKernel;
  readonly packets: (kernel: PacketKernel) => PacketKernel;
}

export const UNWRAPPED: KernelWrapper = { aead: (kernel) => kernel, packets: (kernel) => kernel };

export class PathWorld {
  readonly packetsPerBatch: number;
  readonly #framesPerBatch: number;
  readonly #tun: ReplayTun;
  readonly #sender: InlineEngine;
  readonly #receiver: InlineEngine;
  /** Packets that went before there was anything to measure. */
  readonly #uncounted: number;

  /** @param arena of at least ARENA_PAGES */
  constructor(order: PathOrder, wrapper = UNWRAPPED, arena = new Arena(ARENA_PAGES)) {
    const offloads = { tcp: order.traffic.superPackets, udp: order.traffic.superPackets };
    const [near, far] = LoopCarrier.pair(order.traffic.superPackets);
    const packets = createPacketKernel(arena, 0);
    const build = (tun: Tun, carrier: Carrier): InlineEngine => createEngine(arena, order, wrapper, tun, carrier);
    this.#framesPerBatch = order.framesPerBatch;
    this.packetsPerBatch = order.framesPerBatch * packetsIn(order.traffic);
    this.#tun = new ReplayTun(arena, packets, framesOf(order), offloads);
    this.#sender = build(this.#tun, near);
    this.#receiver = build(new SinkTun(offloads), far);
    for (let peer = 0; peer < order.peers; peer += 1) this.#meet(peer);
    this.#uncounted = this.#getBusy(far);
  }

  /** One batch from the TUN to the wire. */
  moveOut(): void {
    this.#tun.load(this.#framesPerBatch);
    this.#sender.pump();
  }

  /** The same batch from the wire to the TUN. */
  moveIn(): void {
    this.#receiver.pump();
  }

  /** Throws unless every packet sent has come out at the other side. */
  check(): void {
    const sent = this.#sender.counters();
    const received = this.#receiver.counters();
    const lost = [sent, received].flatMap(({ drops }) => drops).some((count) => count > 0);
    const expected = sent.sentPackets - this.#uncounted;
    if (lost || expected === 0 || expected !== received.receivedPackets) {
      throw new Error(`packets were lost on the way: ${describe(sent)}; ${describe(received)}`);
    }
  }

  /** A sender that is not busy yet sends the first frame of a turn by itself, and the cable holds one sending only. */
  #getBusy(far: LoopCarrier): number {
    this.#tun.load(2);
    this.#sender.pump();
    far.receive();
    return this.#sender.counters().sentPackets;
  }

  /** A session as after a handshake that the sender began. */
  #meet(number: number): void {
    const peer = number as PeerId;
    this.#sender.execute(peerCommands(peer, destinationOf(number), keypairOf(number, true)));
    this.#receiver.execute(peerCommands(peer, sourceOf(number), keypairOf(number, false)));
  }
}

function createEngine(
  arena: Arena,
  order: PathOrder,
  wrapper: KernelWrapper,
  tun: Tun,
  carrier: Carrier,
): InlineEngine {
  const engine = new InlineEngine({
    arena,
    aead: wrapper.aead(kernelOf(arena, order)),
    packets: wrapper.packets(createPacketKernel(arena, 0)),
    tun,
    carrier,
    crypto: nodeCrypto(),
    random: new SystemRandom(),
    profile: profileNamed(order.profile),
    clock: () => NOW,
    maxPeers: order.peers,
  });
  engine.listen({
    onEvents: () => undefined,
    onFailure: (error) => {
      throw error;
    },
  });
  engine.execute([{ kind: 'set-limits', limits: LIMITS }]);
  return engine;
}

/** Always the same one, unless asked for another: which is fastest in a busy moment is a matter of chance. */
function kernelOf(arena: Arena, { kernel }: PathOrder): AeadKernel {
  if (kernel !== undefined) return selectAeadKernel(arena, { force: kernel }).kernel;
  try {
    return selectAeadKernel(arena, { force: 'wasm-relaxed' }).kernel;
  } catch (error) {
    if (!(error instanceof KernelUnavailableError)) throw error;
    return selectAeadKernel(arena, { force: 'wasm-simd' }).kernel;
  }
}

function framesOf({ traffic, activePeers }: PathOrder): Uint8Array[] {
  return Array.from({ length: activePeers }, (_, peer) =>
    frameOfTraffic(traffic, { source: sourceOf(peer), destination: destinationOf(peer) }),
  );
}

function peerCommands(peer: PeerId, allowed: string, keypair: KeypairMaterial): EngineCommand[] {
  return [
    { kind: 'add-peer', peer },
    { kind: 'set-allowed-ips', peer, prefixes: [{ address: address(allowed), length: 32 }] },
    { kind: 'set-endpoint', peer, endpoint: endpoint('192.0.2.1', 1024 + peer) },
    { kind: 'install-keypair', peer, keypair, confirm: false },
  ];
}

/** Scattered over 32 bits, as random ones are. */
const indexOf = (number: number): ReceiverIndex => (Math.imul(number + 1, 0x9e37_79b1) >>> 0) as ReceiverIndex;

function keypairOf(number: number, isInitiator: boolean): KeypairMaterial {
  const [own, other] = isInitiator ? [0x55, 0xaa] : [0xaa, 0x55];
  return {
    localIndex: indexOf(2 * number + Number(isInitiator)),
    remoteIndex: indexOf(2 * number + Number(!isInitiator)),
    sendKey: new Uint8Array(32).fill(own),
    receiveKey: new Uint8Array(32).fill(other),
    isInitiator,
    createdAt: NOW.at,
  };
}

const destinationOf = (peer: number): string => `10.0.${peer >> 8}.${peer & 255}`;
const sourceOf = (peer: number): string => `10.128.${peer >> 8}.${peer & 255}`;

function describe({ sentPackets, receivedPackets, drops }: EngineCounters): string {
  return JSON.stringify({ sentPackets, receivedPackets, drops });
}
