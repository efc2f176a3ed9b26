/**
 * A host of a simulated world: a whole tunnel end, the machine that it runs on (which sleeps, restarts, has
 * its clock set and moves about), and the invariants that look over its shoulder.
 */
import type { Arena } from '../../../src/dataplane/arena.ts';
import type { AeadKernel } from '../../../src/kernels/kernel.ts';
import { JOB } from '../../../src/kernels/kernel.ts';
import { toHex } from '../../../src/protocol/bytes.ts';
import { MAX_STAGED_PACKETS } from '../../../src/protocol/constants.ts';
import type { HandshakeCrypto } from '../../../src/protocol/crypto.ts';
import type { Endpoint } from '../../../src/protocol/endpoint.ts';
import type { EngineCommand, EngineEvent, PeerId } from '../../../src/protocol/engine-port.ts';
import type { BuiltProfile } from '../../../src/protocol/obfuscation/parameters.ts';
import type { Moment, WallTime } from '../../../src/protocol/time.ts';
import type { TimingPolicy } from '../../../src/protocol/timers/timing.ts';
import { WIREGUARD_TIMING } from '../../../src/protocol/timers/timing.ts';
import type { Tunnel } from '../../../src/protocol/tunnel.ts';
import type { TunnelEvent } from '../../../src/protocol/tunnel-event.ts';
import type { MemoryNetwork, SeededRandom, VirtualClock } from '../../../src/testing/index.ts';
import type { Nat } from '../../../src/testing/nat.ts';
import type { HostWatch } from '../whole-host.ts';
import { WholeHost } from '../whole-host.ts';
import { AcceptedOnce } from './invariants/accepted-once.ts';
import { innerOf } from './invariants/conversations.ts';
import { HandshakesApart } from './invariants/handshakes-apart.ts';
import type { SealedCounters } from './invariants/sealed-counters.ts';
import { InvariantViolation } from './invariants/violation.ts';
import { WipedSecrets } from './invariants/wiped-secrets.ts';

/** What the memory carrier and the memory TUN keep at most. */
const CARRIER_QUEUE = 1024;
const TUN_QUEUE = 4096;

export interface HostSurroundings {
  readonly clock: VirtualClock;
  readonly network: MemoryNetwork;
  readonly counters: SealedCounters;
  readonly crypto: HandshakeCrypto;
  /** How everybody looks now. */
  readonly disguise: () => BuiltProfile;
  readonly onFrame: (host: WorldHost, frame: Uint8Array) => void;
}

export interface HostIdentity {
  readonly index: number;
  readonly random: SeededRandom;
  readonly nat: Nat | undefined;
  readonly endpoint: Endpoint;
  /** Messages taken in at once. */
  readonly batch: number;
}

export class WorldHost implements HostWatch {
  readonly index: number;
  readonly nat: Nat | undefined;
  endpoint: Endpoint;
  privateKey: Uint8Array;
  isAsleep = false;
  hasMoved = false;
  /** Counts falls asleep, so that a late alarm wakes nobody. */
  naps = 0;
  handshakesCompleted = 0;
  readonly #surroundings: HostSurroundings;
  readonly #random: SeededRandom;
  readonly #batch: number;
  /** What somebody has done to its clock, milliseconds. */
  #wallOffset = 0;
  /** The most that its wall clock was ahead of the other one, and what that was when it last restarted. */
  #mostAhead = Number.NEGATIVE_INFINITY;
  #leastAhead = Number.NEGATIVE_INFINITY;
  /** BOUNDED by the links. */
  readonly #peers = new Set<PeerId>();
  #whole: WholeHost;
  #accepted: AcceptedOnce;
  #handshakes: HandshakesApart;
  #secrets: WipedSecrets;

  constructor(surroundings: HostSurroundings, identity: HostIdentity) {
    this.index = identity.index;
    this.nat = identity.nat;
    this.endpoint = identity.endpoint;
    this.#surroundings = surroundings;
    this.#random = identity.random;
    this.#batch = identity.batch;
    this.privateKey = this.#random.fill(new Uint8Array(32));
    this.#accepted = new AcceptedOnce(this.index);
    this.#handshakes = this.#newHandshakes();
    this.#secrets = new WipedSecrets(this.index);
    this.#whole = this.#boot();
  }

  get tunnel(): Tunnel {
    return this.#whole.tunnel;
  }

  get whole(): WholeHost {
    return this.#whole;
  }

  get timing(): TimingPolicy {
    return { ...WIREGUARD_TIMING, ...this.#surroundings.disguise().timing };
  }

  now(): Moment {
    const { at, wall } = this.#surroundings.clock.now();
    const own = (wall + this.#wallOffset) as WallTime;
    this.#mostAhead = Math.max(this.#mostAhead, own - at);
    return { at, wall: own };
  }

  nextDeadline(): number {
    return this.isAsleep ? Number.POSITIVE_INFINITY : (this.tunnel.nextDeadline() ?? Number.POSITIVE_INFINITY);
  }

  /** Returns whether there may be more to do at once. */
  work(): boolean {
    if (this.isAsleep) return false;
    const more = this.#whole.work();
    this.#accepted.check(() => this.#acceptedMessages());
    return more;
  }

  /** What its owner does, which may make everything different for handshakes. */
  steer(action: (tunnel: Tunnel) => void): void {
    this.#handshakes.ownerActed();
    this.#whole.steer(action);
  }

  send(packet: Uint8Array): void {
    this.#whole.tun.inject(packet);
  }

  stepClock(milliseconds: number): void {
    this.#setWall(this.now().wall + milliseconds);
  }

  /**
   * A new process. Its clock is never behind what the timestamps of the old one were, neither now nor after somebody has set it back:
   * whoever restarts with such a clock is refused by everybody whom it has greeted before (5.1).
   */
  restart(): void {
    this.#leastAhead = this.#mostAhead;
    this.#setWall(this.now().wall);
    this.#surroundings.network.detach(this.#whole.carrier);
    this.handshakesCompleted += this.#handshakes.completed;
    this.#accepted = new AcceptedOnce(this.index);
    this.#handshakes = this.#newHandshakes();
    this.#secrets = new WipedSecrets(this.index);
    this.#peers.clear();
    this.#whole = this.#boot();
  }

  get handshakes(): number {
    return this.handshakesCompleted + this.#handshakes.completed;
  }

  moveTo(endpoint: Endpoint): void {
    this.endpoint = endpoint;
    this.#surroundings.network.move(this.#whole.carrier, [endpoint]);
  }

  /** What holds at every moment. */
  check(): void {
    if (this.isAsleep) return;
    this.#secrets.check(this.#surroundings.clock.at, this.#zeroAfter());
    const { carrier, engine, tun } = this.#whole;
    for (const peer of this.#peers)
      this.#bound(`staged frames of peer ${peer}`, engine.waitingFrames(peer) ?? 0, MAX_STAGED_PACKETS);
    this.#bound('datagrams', carrier.waiting, CARRIER_QUEUE);
    this.#bound('frames', tun.waiting, TUN_QUEUE);
  }

  audit(): void {
    if (!this.isAsleep) this.#secrets.audit(this.#whole.arena.u32);
  }

  // ------------------------------------------------------------------------------------------
  // HostWatch
  // ------------------------------------------------------------------------------------------

  commands(commands: readonly EngineCommand[]): void {
    for (const command of commands) {
      this.#secrets.command(command, this.#surroundings.clock.at, this.#zeroAfter());
      if (command.kind === 'add-peer') this.#meet(command.peer);
      if (command.kind === 'remove-peer') this.#part(command.peer);
    }
  }

  reports(events: readonly EngineEvent[]): void {
    for (const event of events) this.#secrets.report(event);
  }

  events(events: readonly TunnelEvent[]): void {
    for (const event of events) this.#handshakes.observe(event, this.#surroundings.clock.at);
  }

  watchKernel(kernel: AeadKernel, arena: Arena): AeadKernel {
    const { counters } = this.#surroundings;
    const counterOf = (job: number): [number, number] => [
      arena.view.getUint32(job + JOB.counterHigh, true),
      arena.view.getUint32(job + JOB.counterLow, true),
    ];
    const keyAt = (key: number): string => toHex(arena.bytes.subarray(key, key + 32));
    return {
      name: kernel.name,
      seal: (key, jobs, count) => {
        for (let job = 0; job < count; job += 1)
          counters.seal(this.index, keyAt(key), ...counterOf(jobs + job * JOB.bytes));
        kernel.seal(key, jobs, count);
      },
      open: (key, jobs, count) => {
        const forged = kernel.open(key, jobs, count);
        for (let job = jobs; job < jobs + count * JOB.bytes; job += JOB.bytes) {
          if (arena.view.getUint32(job + JOB.status, true) === 0) this.#accepted.open(keyAt(key), ...counterOf(job));
        }
        return forged;
      },
    };
  }

  // ------------------------------------------------------------------------------------------

  #boot(): WholeHost {
    const { clock, network, crypto, disguise, onFrame } = this.#surroundings;
    const { profile, timing } = disguise();
    return new WholeHost(clock, network, {
      inner: innerOf(this.index),
      endpoint: this.endpoint,
      profile,
      timing,
      seed: this.#random.uint32(),
      privateKey: this.privateKey,
      crypto,
      now: () => this.now(),
      batch: this.#batch,
      onWrite: (frame) => onFrame(this, frame),
      watch: this,
    });
  }

  #setWall(wall: number): void {
    const now = this.#surroundings.clock.now();
    this.#wallOffset = Math.max(wall, now.at + this.#leastAhead) - now.wall;
  }

  #meet(peer: PeerId): void {
    this.#peers.add(peer);
    this.#accepted.ledgerForgets();
  }

  #part(peer: PeerId): void {
    this.#peers.delete(peer);
    this.#accepted.ledgerForgets();
  }

  #newHandshakes(): HandshakesApart {
    return new HandshakesApart(this.index, () => this.timing.rekeyTimeout.low);
  }

  #acceptedMessages(): number {
    const { ledger } = this.#whole.engine;
    let sum = 0;
    for (const peer of this.#peers) sum += ledger.read(peer).receivedMessages;
    return sum;
  }

  #zeroAfter(): number {
    return 3 * this.timing.rejectAfterTime.high;
  }

  #bound(what: string, count: number, limit: number): void {
    if (count > limit) throw new InvariantViolation('bounds', `host ${this.index} has ${count} ${what}, not ${limit}`);
  }
}
