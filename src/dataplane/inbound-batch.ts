/**
 * Transport messages between classification and the TUN:
 *
 *     add ... add -> finish: open each group -> per packet: tag, replay, address, trim -> merge -> write
 *
 * Everything happens in place: a packet is decrypted where its datagram was received and written to
 * the TUN from there, the space of the WireGuard header serving for the virtio header.
 */
import { JOB, MAX_JOBS, MAX_MERGE_PACKETS, TAG_BYTES } from '../kernels/kernel.ts';
import { HEARD_INTERVAL_MS, TRANSPORT_HEADER_BYTES } from '../protocol/constants.ts';
import { DROP } from '../protocol/drop-reason.ts';
import type { PeerId } from '../protocol/engine-port.ts';
import { PATH_BYTES } from '../transport/carrier.ts';
import { decodePath, samePath, sameRemote } from '../transport/path.ts';
import type { Context } from './context.ts';
import type { EnginePeer, Session } from './engine-peer.ts';
import { INITIAL_UDP_WINDOW } from './engine-peer.ts';

const BATCH_JOBS = MAX_MERGE_PACKETS;

export class InboundBatch {
  readonly #context: Context;
  readonly #jobs: number;
  /** BOUNDED by BATCH_JOBS, cleared by `finish`; never shortened, or the next batch would have to make room anew. */
  readonly #sessions = new Array<Session | undefined>(BATCH_JOBS).fill(undefined);
  readonly #paths = new Int32Array(BATCH_JOBS);
  #count = 0;
  // What the current group of packets amounts to.
  #messages = 0;
  #bytes = 0;
  #data = false;
  #largest = 0;
  /** The last path that the peer's packets may take, -1 for none. Of a pinned peer there is only one. */
  #lastPath = -1;
  /** Whether data came by it. */
  #dataHere = false;

  constructor(context: Context) {
    this.#context = context;
    this.#jobs = context.arena.reserve(BATCH_JOBS * JOB.bytes);
  }

  get isFull(): boolean {
    return this.#count === BATCH_JOBS;
  }

  /** Takes the transport message at `message` (no prefix), `length` bytes with header and tag. */
  add(session: Session, message: number, length: number, path: number): void {
    const { view } = this.#context.arena;
    const job = this.#jobs + this.#count * JOB.bytes;
    const packet = message + TRANSPORT_HEADER_BYTES;
    view.setUint32(job + JOB.source, packet, true);
    view.setUint32(job + JOB.target, packet, true);
    view.setUint32(job + JOB.length, length - TRANSPORT_HEADER_BYTES - TAG_BYTES, true);
    view.setUint32(job + JOB.counterLow, view.getUint32(message + 8, true), true);
    view.setUint32(job + JOB.counterHigh, view.getUint32(message + 12, true), true);
    this.#sessions[this.#count] = session;
    this.#paths[this.#count] = path;
    this.#count += 1;
  }

  finish(): void {
    if (this.#count === 0) return;
    const { packets, tun } = this.#context;
    packets.mergeBegin(tun.offloads.tcp, tun.offloads.udp);
    let first = 0;
    while (first < this.#count) first = this.#finishGroup(first);
    this.#write(packets.mergeFinish());
    this.#sessions.fill(undefined, 0, this.#count);
    this.#count = 0;
  }

  /** Consecutive packets of one keypair, opened together. Returns where the next group begins. */
  #finishGroup(first: number): number {
    const session = this.#sessions[first] as Session;
    let end = first + 1;
    while (end < this.#count && end - first < MAX_JOBS && this.#sessions[end] === session) end += 1;
    // A confirmed session may retire another within the batch. A retired key is all zero, and what is
    // sealed with a key of zeros anyone can make. (With today's keyring rules nothing is retired here.)
    if (this.#context.sessions.find(session.keypair.localIndex) !== session) {
      this.#context.counters.drop(DROP['unknown-index'], end - first);
      return end;
    }
    const { arena, aead, keySlot } = this.#context;
    arena.bytes.set(session.keypair.receiveKey, keySlot);
    aead.open(keySlot, this.#jobs + first * JOB.bytes, end - first);
    this.#messages = 0;
    this.#bytes = 0;
    this.#data = false;
    this.#largest = 0;
    this.#lastPath = -1;
    this.#dataHere = false;
    const { replay } = session.keypair;
    const expectedBefore = replay.expected;
    for (let index = first; index < end; index += 1) this.#finishPacket(session, index);
    if (this.#messages > 0) this.#accountGroup(session, replay.expected - expectedBefore);
    return end;
  }

  /** Checks of paper 5.4.6 after decryption, in upstream's order. */
  #finishPacket(session: Session, index: number): void {
    const { view } = this.#context.arena;
    const job = this.#jobs + index * JOB.bytes;
    const length = view.getUint32(job + JOB.length, true);
    if (view.getUint32(job + JOB.status, true) !== 0) {
      this.#drop(DROP['bad-tag']);
      return;
    }
    const fresh = session.keypair.replay.accept(
      view.getUint32(job + JOB.counterHigh, true),
      view.getUint32(job + JOB.counterLow, true),
    );
    if (!fresh) {
      this.#drop(DROP.replayed);
      return;
    }
    this.#messages += 1;
    this.#bytes += length + TRANSPORT_HEADER_BYTES + TAG_BYTES;
    const packet = view.getUint32(job + JOB.target, true);
    // A padded keepalive is no data either: no IP packet begins with a zero byte (AWG 3.0).
    const data = length > 0 && view.getUint8(packet) !== 0;
    if (session.peer.isPinned && this.#isElsewhere(session.peer, index)) this.#hear(session.peer, index, data);
    else this.#noteHere(index, length, data);
    if (!data) return;
    this.#data = true;
    this.#deliver(session, packet, length);
  }

  #isElsewhere({ hasPath, path }: EnginePeer, index: number): boolean {
    return hasPath && !sameRemote(this.#context.arena.u32, path, this.#paths[index]);
  }

  #noteHere(index: number, length: number, data: boolean): void {
    this.#lastPath = this.#paths[index];
    if (length > this.#largest) this.#largest = length;
    if (data) this.#dataHere = true;
  }

  /** Reports, not too often, that a pinned peer can be heard by another path. */
  #hear(peer: EnginePeer, index: number, data: boolean): void {
    const { arena, now } = this.#context;
    if (now - (data ? peer.heardDataAt : peer.heardAt) < HEARD_INTERVAL_MS) return;
    peer.heardAt = now;
    if (data) peer.heardDataAt = now;
    this.#context.emit({ kind: 'heard', peer: peer.id, endpoint: decodePath(arena.bytes, this.#paths[index]), data });
  }

  #deliver(session: Session, packet: number, length: number): void {
    const { view } = this.#context.arena;
    const version = view.getUint8(packet) >> 4;
    let size = -1;
    let owner = -1;
    if (version === 4 && length >= 20) {
      size = view.getUint16(packet + 2);
      if (size < 20) size = -1;
      owner = this.#context.routes.lookup4(view.getInt32(packet + 12));
    } else if (version === 6 && length >= 40) {
      size = 40 + view.getUint16(packet + 4);
      owner = this.#owner6(packet + 8);
    }
    if (size < 0 || size > length) {
      this.#drop(DROP['bad-inner-packet']);
      return;
    }
    if (owner !== (session.peer.id as number)) {
      this.#drop(DROP['disallowed-source']);
      return;
    }
    this.#context.packets.mergeAdd(packet, size);
  }

  #owner6(address: number): PeerId | -1 {
    const { view } = this.#context.arena;
    return this.#context.routes.lookup6(
      view.getInt32(address),
      view.getInt32(address + 4),
      view.getInt32(address + 8),
      view.getInt32(address + 12),
    );
  }

  #accountGroup(session: Session, expected: number): void {
    const { ledger, now } = this.#context;
    const { peer, keypair } = session;
    if (peer.keyring.next === keypair) this.#confirm(session);
    if (this.#lastPath >= 0) this.#accountPath(peer);
    ledger.recordArrivals(peer.id, this.#messages, expected);
    if (ledger.recordReceived(peer.id, now, this.#bytes, this.#data))
      this.#context.emit({ kind: 'traffic', peer: peer.id });
    const aged = keypair.isInitiator && now - keypair.createdAt > this.#context.limits.rekeyOnReceiveAfter;
    if (!aged || peer.rekeyAskedOnReceive === keypair || peer.keyring.current !== keypair) return;
    peer.rekeyAskedOnReceive = keypair;
    this.#context.emit({ kind: 'rekey-due', peer: peer.id, reason: 'age-on-receive' });
  }

  /** The initiator uses the new keypair, so it has our response: now we may send with it too. */
  #confirm({ peer, keypair }: Session): void {
    this.#context.retire(peer, peer.keyring.confirmNext());
    peer.sessionWanted = false;
    this.#context.emit({ kind: 'session-confirmed', peer: peer.id, localIndex: keypair.localIndex });
    this.#context.confirmed.push(peer);
  }

  #accountPath(peer: EnginePeer): void {
    const { ledger, now, profile } = this.#context;
    this.#roam(peer);
    peer.udpWindow = Math.max(peer.udpWindow, profile.transport.prefix + TAG_BYTES + this.#largest);
    ledger.recordHere(peer.id, now, this.#dataHere);
  }

  /** The last authentic packet of a batch decides where answers go. */
  #roam(peer: EnginePeer): void {
    const { arena } = this.#context;
    if (peer.hasPath && samePath(arena.u32, peer.path, this.#lastPath)) return;
    arena.bytes.copyWithin(peer.path, this.#lastPath, this.#lastPath + PATH_BYTES);
    peer.hasPath = true;
    peer.udpWindow = INITIAL_UDP_WINDOW;
    this.#context.emit({ kind: 'roamed', peer: peer.id, endpoint: decodePath(arena.bytes, peer.path) });
  }

  #write(frames: number): void {
    const { packets, tun, counters } = this.#context;
    let delivered = 0;
    for (let index = 0; index < frames; index += 1) {
      const result = tun.write(packets.frameVector(index), packets.frameVectorCount(index));
      if (result < 0) counters.drop(DROP['tun-write-failed'], packets.framePackets(index));
      else delivered += packets.framePackets(index);
    }
    counters.add('tunWrites', frames);
    counters.add('receivedPackets', delivered);
  }

  #drop(reason: number): void {
    this.#context.counters.drop(reason);
  }
}
