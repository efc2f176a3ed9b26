/**
 * From the TUN to the wire:
 *
 *     read frame -> route by allowed IPs -> keypair (or stage) -> split -> [batch: number, head, seal, send]
 *
 * All packets of a super-packet have one destination, so the route is looked up once per frame.
 */
import { VIRTIO_HEADER_BYTES } from '../kernels/kernel.ts';
import { DROP } from '../protocol/drop-reason.ts';
import type { Endpoint } from '../protocol/endpoint.ts';
import type { PeerId } from '../protocol/engine-port.ts';
import type { Keypair } from '../protocol/session/keypair.ts';
import { PATH_BYTES } from '../transport/carrier.ts';
import { encodePath, sameRemote } from '../transport/path.ts';
import type { Context } from './context.ts';
import type { EnginePeer } from './engine-peer.ts';
import { INITIAL_UDP_WINDOW } from './engine-peer.ts';
import { OutboundBatch } from './outbound-batch.ts';

/** What is read before the receiving direction gets its turn: many small frames, or 16 of the largest. */
const FRAMES_PER_PUMP = 64;
const BYTES_PER_PUMP = 1 << 20;
/** Virtio header and the largest packet. */
const FRAME_CAPACITY = VIRTIO_HEADER_BYTES + 65536;
/** So that the packet behind the virtio header is aligned to 16. */
const FRAME_SHIFT = 16 - VIRTIO_HEADER_BYTES;

export class Outbound {
  readonly #context: Context;
  readonly #batch: OutboundBatch;
  readonly #frame: number;
  /** Where a probe goes that does not go to its peer. */
  readonly #probePath: number;
  /** Frames come singly, as far as one can tell. */
  #isQuiet = true;

  constructor(context: Context) {
    this.#context = context;
    this.#frame = context.arena.reserve(FRAME_SHIFT + FRAME_CAPACITY + 64) + FRAME_SHIFT;
    this.#probePath = context.arena.reserve(PATH_BYTES);
    this.#batch = new OutboundBatch(context);
  }

  /** The profile of the context is another one. */
  profileChanged(): void {
    this.#batch.profileChanged();
  }

  /**
   * Moves what the TUN has, up to a bound. Returns whether there may be more. While frames come singly the
   * first leaves before anybody looks for a second: company is welcome, but not waited for.
   */
  pump(): boolean {
    const { tun, counters } = this.#context;
    let frames = 0;
    let bytes = 0;
    let length = 1;
    while (frames < FRAMES_PER_PUMP && bytes < BYTES_PER_PUMP) {
      length = tun.read(this.#frame, FRAME_CAPACITY);
      if (length <= 0) break;
      frames += 1;
      bytes += length;
      this.#handleFrame(length);
      if (this.#isQuiet && frames === 1) this.#batch.flush();
    }
    if (length < 0) this.#context.tunError = -length;
    this.#isQuiet = frames <= 1;
    counters.add('tunReads', frames);
    this.#batch.flush();
    return length > 0;
  }

  /** Sends what waited for a session. Frames that still cannot go are staged again. */
  sendStaged(peer: EnginePeer): void {
    for (const frame of peer.staged.takeAll()) {
      this.#context.arena.bytes.set(frame, this.#frame);
      this.#handleFrame(frame.length);
    }
    this.#batch.flush();
  }

  /** Sends an empty packet, or asks for a session when there is none to send it with. */
  sendKeepalive(peer: EnginePeer): void {
    const keypair = this.#usableKeypair(peer);
    if (keypair === undefined) {
      this.#context.wantSession(peer);
      return;
    }
    if (!peer.hasPath) return;
    this.#batch.addKeepalive(peer, keypair);
    this.#batch.flush();
    this.#checkRekey(peer, keypair);
  }

  /** Sends an inner packet with the session there is, to `to` or where the peer's packets go. */
  sendProbe(peer: EnginePeer, to: Endpoint | undefined, packet: Uint8Array): void {
    const keypair = this.#usableKeypair(peer);
    if (keypair === undefined || packet.length > FRAME_CAPACITY - VIRTIO_HEADER_BYTES) return;
    const isElsewhere = to !== undefined && !this.#isAt(peer, to);
    if (!isElsewhere && !peer.hasPath) return;
    const { bytes } = this.#context.arena;
    const start = this.#frame + VIRTIO_HEADER_BYTES;
    bytes.fill(0, this.#frame, start);
    bytes.set(packet, start);
    if (isElsewhere) this.#sendAside(peer, keypair, VIRTIO_HEADER_BYTES + packet.length);
    else this.#sendFrame(peer, keypair, VIRTIO_HEADER_BYTES + packet.length);
    this.#batch.flush();
  }

  /** To `#probePath`, whose width nobody knows yet. */
  #sendAside(peer: EnginePeer, keypair: Keypair, length: number): void {
    const { udpWindow } = peer;
    peer.udpWindow = INITIAL_UDP_WINDOW;
    this.#batch.divert(this.#probePath);
    this.#sendFrame(peer, keypair, length);
    this.#batch.flush();
    this.#batch.divert(-1);
    peer.udpWindow = udpWindow;
  }

  /** Leaves the path of `to` in `#probePath`. */
  #isAt(peer: EnginePeer, to: Endpoint): boolean {
    const { arena } = this.#context;
    encodePath(arena.bytes, this.#probePath, to);
    return peer.hasPath && sameRemote(arena.u32, peer.path, this.#probePath);
  }

  #handleFrame(length: number): void {
    const peer = this.#route(length);
    if (peer === undefined) {
      this.#context.counters.drop(DROP['no-route']);
      return;
    }
    const keypair = this.#usableKeypair(peer);
    if (keypair === undefined) this.#stage(peer, length);
    else if (!peer.hasPath) this.#context.counters.drop(DROP['no-endpoint']);
    else this.#sendFrame(peer, keypair, length);
  }

  #sendFrame(peer: EnginePeer, keypair: Keypair, length: number): void {
    const { packets, counters } = this.#context;
    let first = 0;
    do {
      if (this.#batch.capacityFor(peer) < 64) this.#batch.flush();
      const taken = this.#batch.splitFrame(peer, keypair, this.#frame, length, first);
      if (taken <= 0) {
        counters.drop(DROP['malformed-frame']);
        return;
      }
      first += taken;
    } while (first < packets.splitTotal());
    this.#checkRekey(peer, keypair);
  }

  #route(length: number): EnginePeer | undefined {
    const { view } = this.#context.arena;
    const packet = this.#frame + VIRTIO_HEADER_BYTES;
    const size = length - VIRTIO_HEADER_BYTES;
    const version = size > 0 ? view.getUint8(packet) >> 4 : 0;
    if (version === 4 && size >= 20) return this.#owner(this.#context.routes.lookup4(view.getInt32(packet + 16)));
    if (version === 6 && size >= 40) return this.#owner(this.#lookup6(packet + 24));
    return undefined;
  }

  #lookup6(address: number): number {
    const { view } = this.#context.arena;
    return this.#context.routes.lookup6(
      view.getInt32(address),
      view.getInt32(address + 4),
      view.getInt32(address + 8),
      view.getInt32(address + 12),
    );
  }

  #owner(peer: number): EnginePeer | undefined {
    return peer < 0 ? undefined : this.#context.peers.get(peer as PeerId);
  }

  #usableKeypair(peer: EnginePeer): Keypair | undefined {
    const keypair = peer.keyring.current;
    if (keypair === undefined || !keypair.canSend) return undefined;
    return this.#context.now - keypair.createdAt < this.#context.limits.rejectAfter ? keypair : undefined;
  }

  #stage(peer: EnginePeer, length: number): void {
    const { arena, counters } = this.#context;
    const dropped = peer.staged.push(arena.bytes.subarray(this.#frame, this.#frame + length));
    if (dropped > 0) counters.drop(DROP['staged-overflow'], dropped);
    this.#context.wantSession(peer);
  }

  #checkRekey(peer: EnginePeer, keypair: Keypair): void {
    if (peer.rekeyAskedOnSend === keypair) return;
    const aged = keypair.isInitiator && this.#context.now - keypair.createdAt > this.#context.limits.rekeyAfter;
    if (!aged && !keypair.wantsRekey) return;
    peer.rekeyAskedOnSend = keypair;
    this.#context.emit({ kind: 'rekey-due', peer: peer.id, reason: aged ? 'age-on-send' : 'message-count' });
  }
}
