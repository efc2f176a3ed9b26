/**
 * At the beginning, whenever there is nothing else to do, packets of our own go round through a pipeline
 * like the real one, until the JavaScript engine has compiled their way well. Unrehearsed, it would take
 * tens of thousands of packets to get there, and those that come alone would take twice as long.
 *
 *     ┌─► TUN (a socket connected to itself) ─► out ─► UDP socket ─► loopback ─┐
 *     └────────────────────────────── in ◄─────────────────────────────────────┘
 *
 * The session is one with ourselves, under a key that nobody else ever sees. Everything is of the very
 * classes that do the work, and what they meet is as varied, or what is learnt would be of no use.
 */

import { NativeBuffer } from '../platform/ffi/native-buffer.ts';
import type { Syscalls } from '../platform/ffi/syscalls.ts';
import { SystemCallError } from '../platform/ffi/system-call-error.ts';
import type { UdpHandle } from '../platform/linux/udp-socket.ts';
import { closeUdpSockets, connectToSelf, openUdpSockets } from '../platform/linux/udp-socket.ts';
import type { KeypairMaterial, PeerId, Prefix, ReceiverIndex } from '../protocol/engine-port.ts';
import type { Random } from '../protocol/random.ts';
import type { Instant } from '../protocol/time.ts';
import { DataPlaneLoop } from './data-plane-loop.ts';
import type { Pipeline } from './pipeline.ts';
import { rehearsalFrames } from './rehearsal-frames.ts';

/** After so many what matters is compiled; they take a few tenths of a second. */
const TURNS = 5000;
/** Of time taken, on a machine so slow or busy that it would go on and on. */
const MOST_MS = 1000;
/** Turns between two looks at what else there is to do. */
const TURNS_AT_ONCE = 20;
const PEER = 0 as PeerId;
const LOOPBACK = Uint8Array.of(127, 0, 0, 1);
const LIMITS = { rekeyAfter: 120_000, rekeyOnReceiveAfter: 165_000, rejectAfter: 180_000 };

export interface RehearsalStage {
  readonly syscalls: Syscalls;
  readonly random: Random;
  readonly now: () => Instant;
  /** Makes the pipeline between a TUN's descriptor and sockets. It sends and receives, and knows one peer. */
  readonly build: (tun: number, udp: UdpHandle) => Pipeline;
}

export class Rehearsal {
  readonly #stage: RehearsalStage;
  /** BOUNDED: two. */
  readonly #opened: UdpHandle[] = [];
  #pipeline: Pipeline | undefined;
  #loop: DataPlaneLoop | undefined;
  #turnsLeft = TURNS;
  #timeLeft = MOST_MS;

  /** Without loopback there is no rehearsal, and no harm done: it is over at once. */
  constructor(stage: RehearsalStage) {
    this.#stage = stage;
    try {
      this.#begin();
    } catch (error) {
      if (!(error instanceof SystemCallError)) throw error;
      this.close();
    }
  }

  get isOver(): boolean {
    return this.#turnsLeft === 0;
  }

  /** Goes on for less than a millisecond. */
  continue(): void {
    const began = this.#stage.now();
    for (let turn = 0; turn < TURNS_AT_ONCE && this.#turnsLeft > 0; turn += 1) {
      const moved = this.#loop?.turn(0) ?? false;
      this.#turnsLeft = moved ? this.#turnsLeft - 1 : 0; // whatever has gone lost, nothing will come any more
    }
    this.#pipeline?.takeEvents();
    this.#timeLeft -= this.#stage.now() - began;
    if (this.isOver || this.#timeLeft <= 0) this.close();
  }

  /** Ends it, early or not. Idempotent. */
  close(): void {
    this.#turnsLeft = 0;
    this.#pipeline?.execute({ kind: 'remove-peer', peer: PEER }, this.#stage.now());
    this.#pipeline = undefined;
    this.#loop?.close();
    this.#loop = undefined;
    for (const handle of this.#opened.splice(0)) closeUdpSockets(handle, this.#stage.syscalls);
  }

  #begin(): void {
    const { syscalls, random, now, build } = this.#stage;
    const tun = this.#open();
    const udp = this.#open();
    connectToSelf(tun, syscalls);
    this.#pipeline = build(tun.v4, udp);
    const sources = { wake: -1, tun: tun.v4, sockets: [udp.v4] };
    this.#loop = new DataPlaneLoop(syscalls, this.#pipeline, now, sources, () => undefined);
    meetOurselves(this.#pipeline, udp.port, ownKeypair(random, now()));
    for (const frame of rehearsalFrames()) injectFrame(syscalls, tun.v4, frame);
  }

  #open(): UdpHandle {
    const handle = openUdpSockets({ port: 0 }, this.#stage.syscalls);
    this.#opened.push(handle);
    return handle;
  }
}

function injectFrame(syscalls: Syscalls, tun: number, frame: Uint8Array): void {
  const buffer = new NativeBuffer(syscalls, frame.length);
  buffer.bytes.set(frame);
  syscalls.write(tun, buffer.address, frame.length);
}

function meetOurselves(pipeline: Pipeline, port: number, keypair: KeypairMaterial): void {
  const at = keypair.createdAt;
  const endpoint = { address: LOOPBACK, port, scopeId: 0 };
  pipeline.execute({ kind: 'set-limits', limits: LIMITS }, at);
  pipeline.execute({ kind: 'add-peer', peer: PEER }, at);
  pipeline.execute({ kind: 'set-allowed-ips', peer: PEER, prefixes: nestedPrefixes() }, at);
  pipeline.execute({ kind: 'set-endpoint', peer: PEER, endpoint }, at);
  pipeline.execute({ kind: 'install-keypair', peer: PEER, keypair, confirm: false }, at);
}

/** So that a look-up goes down a tree and not only to its root. */
function nestedPrefixes(): Prefix[] {
  return [0, 8, 24, 32].map((length) => ({ address: new Uint8Array(4), length }));
}

function ownKeypair(random: Random, createdAt: Instant): KeypairMaterial {
  // An index that does not fit the engine's small integers, as half of all do not.
  const index = (0x8000_0000 + (random.uint32() >>> 1)) as ReceiverIndex;
  const key = random.fill(new Uint8Array(32));
  return { localIndex: index, remoteIndex: index, sendKey: key.slice(), receiveKey: key, isInitiator: true, createdAt };
}
