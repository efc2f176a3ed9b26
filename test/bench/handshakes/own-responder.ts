/** Core and data plane of a responder in this thread, from the datagram of an initiation to that of the answer. */
import { nodeCrypto } from '../../../src/crypto/node-crypto.ts';
import { SystemRandom } from '../../../src/crypto/system-random.ts';
import { Arena } from '../../../src/dataplane/arena.ts';
import { InlineEngine } from '../../../src/dataplane/inline-engine.ts';
import { createPacketKernel } from '../../../src/kernels/packet-kernel.ts';
import { createAeadKernel } from '../../../src/kernels/select.ts';
import { INITIATION_BYTES } from '../../../src/protocol/constants.ts';
import type { X25519Keypair } from '../../../src/protocol/crypto.ts';
import { nullProfile } from '../../../src/protocol/obfuscation/null-profile.ts';
import { Tunnel } from '../../../src/protocol/tunnel.ts';
import { endpoint, VirtualClock } from '../../../src/testing/index.ts';
import type { SendRuns } from '../../../src/transport/carrier.ts';
import { PATH_BYTES } from '../../../src/transport/carrier.ts';
import { encodePath } from '../../../src/transport/path.ts';
import { makeInitiations } from '../../support/initiations.ts';
import { LoopCarrier, SinkTun } from '../path/replay-devices.ts';
import type { HandshakeReport } from './handshake-order.ts';

const ARENA_PAGES = 256;
const BATCH = 32;
/** A responder takes one initiation of a peer every 20 ms. */
const TURN_MS = 25;
const CURVE_OPERATIONS = 500;

export class OwnResponder {
  readonly #clock = new VirtualClock();
  readonly #crypto = nodeCrypto();
  readonly #arena = new Arena(ARENA_PAGES);
  readonly #own = this.#crypto.generateKeypair();
  readonly #peers: readonly X25519Keypair[];
  readonly #near: LoopCarrier;
  readonly #engine: InlineEngine;
  readonly #tunnel: Tunnel;
  readonly #path = this.#arena.reserve(PATH_BYTES);
  readonly #runs = newRuns();

  constructor(peers: number) {
    const [near, far] = LoopCarrier.pair(false);
    this.#near = near;
    this.#engine = this.#createEngine(far, peers);
    const options = { profile: nullProfile(), crypto: this.#crypto, random: new SystemRandom() };
    const { ledger } = this.#engine;
    this.#tunnel = new Tunnel({ ...options, ledger, privateKey: this.#own.rawPrivateKey }, this.#clock.now());
    this.#tunnel.start(this.#clock.now());
    encodePath(this.#arena.bytes, this.#path, endpoint('192.0.2.1', 51820));
    this.#peers = Array.from({ length: peers }, () => this.#crypto.generateKeypair());
    for (const { publicKey } of this.#peers) {
      this.#tunnel.addPeer({ publicKey, allowedIps: [], persistentKeepalive: 0 }, this.#clock.now());
      this.#flush();
    }
  }

  measure(perPeer: number): HandshakeReport {
    const initiations = makeInitiations(this.#crypto, this.#own.publicKey, this.#peers, perPeer);
    const stored = this.#arena.reserve(initiations.length);
    this.#arena.bytes.set(initiations, stored);
    // The first turn compiles the code.
    this.#turn(stored);
    const began = performance.now();
    let responses = 0;
    for (let turn = 1; turn < perPeer; turn += 1) {
      responses += this.#turn(stored + turn * this.#peers.length * INITIATION_BYTES);
    }
    const seconds = (performance.now() - began) / 1000;
    if (responses !== (perPeer - 1) * this.#peers.length)
      throw new Error(`only ${responses} initiations were answered`);
    return { responses, cookieReplies: 0, seconds, curveMicroseconds: this.#curveMicroseconds() };
  }

  #createEngine(carrier: LoopCarrier, maxPeers: number): InlineEngine {
    const arena = this.#arena;
    const engine = new InlineEngine({
      arena,
      carrier,
      maxPeers,
      aead: createAeadKernel('wasm-simd', arena),
      packets: createPacketKernel(arena, 0),
      tun: new SinkTun({ tcp: true, udp: true }),
      crypto: this.#crypto,
      random: new SystemRandom(),
      profile: nullProfile(),
      clock: () => this.#clock.now(),
    });
    engine.listen({
      onEvents: (events) => {
        for (const event of events) this.#tunnel.handleEvent(event, this.#clock.now());
        this.#flush();
      },
      onFailure: (error) => {
        throw error;
      },
    });
    return engine;
  }

  /** One initiation of each peer; returns how many were answered. */
  #turn(stored: number): number {
    let answered = 0;
    for (let peer = 0; peer < this.#peers.length; peer += BATCH) {
      const count = Math.min(BATCH, this.#peers.length - peer);
      this.#send(stored + peer * INITIATION_BYTES, count);
      this.#engine.pump();
      answered += this.#near.receive();
    }
    this.#clock.advance(TURN_MS);
    this.#tunnel.handleTimeout(this.#clock.now());
    this.#flush();
    return answered;
  }

  #send(first: number, count: number): void {
    for (let index = 0; index < count; index += 1) {
      this.#runs.offset[index] = first + index * INITIATION_BYTES;
      this.#runs.length[index] = INITIATION_BYTES;
      this.#runs.segment[index] = INITIATION_BYTES;
      this.#runs.path[index] = this.#path;
    }
    this.#runs.count = count;
    this.#near.send(this.#runs);
  }

  #flush(): void {
    for (let commands = this.#tunnel.pollCommands(); commands.length > 0; commands = this.#tunnel.pollCommands()) {
      this.#engine.execute(commands);
    }
    this.#tunnel.pollEvents();
  }

  #curveMicroseconds(): number {
    const peers = this.#peers.map(({ publicKey }) => this.#crypto.loadPublicKey(publicKey));
    const began = performance.now();
    for (let operation = 0; operation < CURVE_OPERATIONS; operation += 1) {
      this.#crypto.dh(this.#own.privateKey, peers[operation % peers.length]);
    }
    return ((performance.now() - began) * 1000) / CURVE_OPERATIONS;
  }
}

function newRuns(): SendRuns {
  const column = (): Int32Array => new Int32Array(BATCH);
  return { count: 0, offset: column(), length: column(), segment: column(), path: column(), flow: column() };
}
