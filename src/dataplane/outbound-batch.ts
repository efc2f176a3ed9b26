/**
 * Inner packets on their way to the wire, between split and send.
 *
 *     split ... split -> flush: number, disguise and mask headers -> seal each group -> cut into runs -> carrier
 *
 * The datagrams lie one behind the other in the arena, so that a run of equal sizes is one range of
 * memory and goes out as one UDP_SEGMENT message:
 *
 *     | S4 | header 16 | packet, zero padded | tag 16 | S4 | header 16 | ...
 */
import { JOB, MAX_JOBS, SPLIT_OVERHEAD, TAG_BYTES } from '../kernels/kernel.ts';
import { longestPadding, paddingFor } from '../kernels/padding.ts';
import { TRANSPORT_HEADER_BYTES } from '../protocol/constants.ts';
import { DROP } from '../protocol/drop-reason.ts';
import type { Keypair } from '../protocol/session/keypair.ts';
import type { SendRuns } from '../transport/carrier.ts';
import { MAX_RUN_BYTES, MAX_RUN_SEGMENTS } from '../transport/carrier.ts';
import { isStreamPath } from '../transport/path.ts';
import type { Context } from './context.ts';
import type { EnginePeer } from './engine-peer.ts';
import { flowHash } from './flow-hash.ts';
import { POOL_BYTES } from './random-pool.ts';

/** Packets in one batch; 16 super-packets of 64 KiB at an MTU of 1420 make 740. */
const BATCH_JOBS = 1024;
/** Bytes for their datagrams. */
const BATCH_BYTES = 2 << 20;
/** A frame; what each of its packets adds comes on top. */
const FRAME_BYTES = 65536 + 64;

/** Consecutive packets of one keypair: one seal call and one line in the ledger. */
interface Group {
  peer: EnginePeer | undefined;
  keypair: Keypair | undefined;
  first: number;
  count: number;
  data: boolean;
}

export class OutboundBatch {
  readonly #context: Context;
  readonly #jobs: number;
  readonly #start: number;
  #prefix = 0;
  #headroom = 0;
  readonly #runs: SendRuns;
  /** BOUNDED by BATCH_JOBS; the entries are reused. */
  readonly #groups: Group[] = [];
  /** Flow of each packet; filled for those that leave by a bundle of connections. */
  readonly #flows = new Int32Array(BATCH_JOBS);
  /** Where everything goes instead of to its peers; -1 for nowhere else. */
  #detour = -1;
  #groupCount = 0;
  #count = 0;
  #cursor: number;

  constructor(context: Context) {
    this.#context = context;
    this.#jobs = context.arena.reserve(BATCH_JOBS * JOB.bytes);
    this.#start = context.arena.reserve(BATCH_BYTES);
    this.#cursor = this.#start;
    this.#runs = newRuns(BATCH_JOBS);
    this.profileChanged();
  }

  /** The profile of the context is another one. The batch must be empty. */
  profileChanged(): void {
    this.#prefix = this.#context.profile.transport.prefix;
    this.#headroom = this.#prefix + TRANSPORT_HEADER_BYTES;
  }

  /** Bytes that stand before and after each padded packet on the wire. */
  get overhead(): number {
    return this.#headroom + TAG_BYTES;
  }

  /** How many packets of one frame fit now; 0 asks for a flush. */
  capacityFor(peer: EnginePeer): number {
    const { padding, tun } = this.#context;
    const room = this.#start + BATCH_BYTES - this.#cursor - FRAME_BYTES;
    const padded = longestPadding(padding, tun.mtu, this.#plaintextRoom(peer));
    const byBytes = Math.floor(room / (this.#headroom + SPLIT_OVERHEAD + padded));
    return Math.max(0, Math.min(BATCH_JOBS - this.#count, byBytes));
  }

  /**
   * Splits packets `first`.. of a frame into the batch. Returns how many were taken or a negative
   * number when the frame is malformed. The caller has checked `capacity` and the keypair.
   */
  splitFrame(peer: EnginePeer, keypair: Keypair, frame: number, length: number, first: number): number {
    const { packets, tun, padding, pool } = this.#context;
    const jobs = this.#jobs + this.#count * JOB.bytes;
    const capacity = this.capacityFor(peer);
    const needsChance = padding.kind !== 'multiple';
    if (needsChance) packets.paddingWindow(this.#plaintextRoom(peer), pool.words(capacity));
    const taken = packets.split(frame, length, first, capacity, this.#cursor, this.#headroom, tun.mtu, jobs);
    if (needsChance) pool.giveBackWords(capacity - Math.max(0, taken));
    if (taken > 0) this.#claim(peer, keypair, jobs, taken, true);
    return taken;
  }

  /** Adds a packet with nothing in it but padding, if the profile wants that. */
  addKeepalive(peer: EnginePeer, keypair: Keypair): void {
    const { arena, padding, tun, pool } = this.#context;
    const { view } = arena;
    const job = this.#jobs + this.#count * JOB.bytes;
    const packet = this.#cursor + this.#headroom;
    const length = paddingFor(padding, 0, tun.mtu, this.#plaintextRoom(peer), pool.word());
    arena.bytes.fill(0, packet, packet + length);
    view.setUint32(job + JOB.source, packet, true);
    view.setUint32(job + JOB.target, packet, true);
    view.setUint32(job + JOB.length, length, true);
    view.setUint32(job + JOB.user, 0, true);
    this.#claim(peer, keypair, job, 1, false);
  }

  /** Sends everything to the path at `path` from now on; -1: to its peers again. The batch must be empty. */
  divert(path: number): void {
    this.#detour = path;
  }

  /** Seals and sends everything. */
  flush(): void {
    if (this.#count === 0) return;
    for (let index = 0; index < this.#groupCount; index += 1) this.#numberGroup(this.#groups[index]);
    this.#disguise();
    for (let index = 0; index < this.#groupCount; index += 1) this.#finishGroup(this.#groups[index]);
    this.#send();
    this.#count = 0;
    this.#groupCount = 0;
    this.#cursor = this.#start;
  }

  #claim(peer: EnginePeer, keypair: Keypair, jobs: number, count: number, data: boolean): void {
    const { view } = this.#context.arena;
    const last = jobs + (count - 1) * JOB.bytes;
    this.#cursor = view.getUint32(last + JOB.target, true) + view.getUint32(last + JOB.length, true) + TAG_BYTES;
    this.#extendGroup(peer, keypair, count, data);
    this.#count += count;
  }

  /** Whoever puts a packet into the batch has seen `canSend`, which holds for more than a batch. */
  #numberGroup({ keypair, first, count }: Group): void {
    const { packets, profile } = this.#context;
    const { remoteIndex, counterLow, counterHigh } = keypair as Keypair;
    const jobs = this.#jobs + first * JOB.bytes;
    packets.writeHeaders(jobs, count, profile.transport.header.low, remoteIndex, counterLow, counterHigh);
    (keypair as Keypair).reserve(count);
  }

  /** What AWG lays over the headers of the whole batch: four key streams are made in the time of one. */
  #disguise(): void {
    const { headerMask, profile } = this.#context;
    const { low, high } = profile.transport.header;
    if (this.#prefix > 0 || high !== low) this.#randomize(low, high - low);
    headerMask?.maskJobs(this.#jobs, this.#count, this.#headroom);
  }

  /** Random prefix and a type value of its own for each packet. */
  #randomize(low: number, span: number): void {
    const { packets, pool } = this.#context;
    const each = Uint32Array.BYTES_PER_ELEMENT + this.#prefix;
    const most = Math.floor(POOL_BYTES / each);
    for (let done = 0; done < this.#count; done += most) {
      const some = Math.min(most, this.#count - done);
      packets.disguise(this.#jobs + done * JOB.bytes, some, this.#prefix, low, span, pool.bytes(some * each));
    }
  }

  #extendGroup(peer: EnginePeer, keypair: Keypair, count: number, data: boolean): void {
    const last = this.#groups[this.#groupCount - 1];
    if (this.#groupCount > 0 && last?.keypair === keypair && last.data === data) {
      last.count += count;
      return;
    }
    const group = this.#nextGroup();
    group.peer = peer;
    group.keypair = keypair;
    group.first = this.#count;
    group.count = count;
    group.data = data;
  }

  #nextGroup(): Group {
    if (this.#groupCount === this.#groups.length) {
      this.#groups.push({ peer: undefined, keypair: undefined, first: 0, count: 0, data: false });
    }
    this.#groupCount += 1;
    return this.#groups[this.#groupCount - 1];
  }

  #finishGroup(group: Group): void {
    const { aead, arena, keySlot, ledger } = this.#context;
    const peer = group.peer as EnginePeer;
    const path = this.#detour < 0 ? peer.path : this.#detour;
    const byFlow = isStreamPath(arena.u32, path);
    if (byFlow) this.#noteFlows(group);
    arena.bytes.set((group.keypair as Keypair).sendKey, keySlot);
    for (let done = 0; done < group.count; done += MAX_JOBS) {
      const jobs = this.#jobs + (group.first + done) * JOB.bytes;
      aead.seal(keySlot, jobs, Math.min(MAX_JOBS, group.count - done));
    }
    const bytes = this.#cutRuns(group, peer, path, byFlow);
    const { now } = this.#context;
    if (this.#detour >= 0) ledger.recordSentElsewhere(peer.id, bytes);
    else if (ledger.recordSent(peer.id, now, bytes, group.data)) this.#context.emit({ kind: 'traffic', peer: peer.id });
    group.peer = undefined;
    group.keypair = undefined;
  }

  /** While the packets can still be read. */
  #noteFlows({ first, count }: Group): void {
    const { view } = this.#context.arena;
    for (let index = first; index < first + count; index += 1) {
      const job = this.#jobs + index * JOB.bytes;
      const length = view.getUint32(job + JOB.user, true);
      this.#flows[index] = length === 0 ? 0 : flowHash(view, view.getUint32(job + JOB.target, true), length);
    }
  }

  /** Appends the group's datagrams to the runs; returns their bytes. */
  #cutRuns(group: Group, peer: EnginePeer, path: number, byFlow: boolean): number {
    const { view } = this.#context.arena;
    let bytes = 0;
    let run = -1;
    let largest = 0;
    for (let index = group.first; index < group.first + group.count; index += 1) {
      const job = this.#jobs + index * JOB.bytes;
      const length = view.getUint32(job + JOB.length, true) + this.overhead;
      bytes += length;
      const unpadded = view.getUint32(job + JOB.user, true);
      if (unpadded > largest) largest = unpadded;
      const flow = byFlow ? this.#flows[index] : 0;
      const isOther = byFlow && run >= 0 && this.#runs.flow[run] !== flow;
      if (run < 0 || isOther || !this.#appendToRun(run, length))
        run = this.#startRun(view.getUint32(job + JOB.target, true) - this.#headroom, length, path, flow);
    }
    peer.udpWindow = Math.max(peer.udpWindow, largest + this.overhead);
    return bytes;
  }

  /** Bytes of plaintext that a datagram within the peer's UDP window has room for; may be negative. */
  #plaintextRoom(peer: EnginePeer): number {
    return peer.udpWindow - this.overhead;
  }

  #startRun(offset: number, length: number, path: number, flow: number): number {
    const runs = this.#runs;
    const run = runs.count;
    runs.offset[run] = offset;
    runs.length[run] = length;
    runs.segment[run] = length;
    runs.path[run] = path;
    runs.flow[run] = flow;
    runs.count += 1;
    return run;
  }

  /** A run takes datagrams of its first one's size, and one shorter one at its end. */
  #appendToRun(run: number, length: number): boolean {
    const { segment, length: total } = this.#runs;
    const size = segment[run];
    const sofar = total[run];
    const closed = sofar % size !== 0;
    if (closed || length > size || sofar + length > MAX_RUN_BYTES || sofar / size >= MAX_RUN_SEGMENTS) return false;
    total[run] = sofar + length;
    return true;
  }

  #send(): void {
    const { counters, carrier } = this.#context;
    const report = carrier.send(this.#runs);
    counters.add('sentDatagrams', report.sent);
    counters.add('sentPackets', this.#count);
    counters.add('sendCalls', 1);
    if (report.full > 0) counters.drop(DROP['send-buffer-full'], report.full);
    if (report.failed > 0) counters.drop(DROP['send-failed'], report.failed);
    this.#runs.count = 0;
  }
}

export function newRuns(capacity: number): SendRuns {
  return {
    count: 0,
    offset: new Int32Array(capacity),
    length: new Int32Array(capacity),
    segment: new Int32Array(capacity),
    path: new Int32Array(capacity),
    flow: new Int32Array(capacity),
  };
}
