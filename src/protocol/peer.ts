/**
 * One peer as the core knows it: who it is, where it is, how far its handshakes have come and what is
 * due when. Its keypairs, routes and packets are in the data plane under the same `id`.
 */
import { isAllZero, pinnedBytes, wipeBytes } from './bytes.ts';
import { KEY_BYTES, MIN_INITIATION_INTERVAL_MS } from './constants.ts';
import { MacStamper } from './cookie/mac-stamper.ts';
import type { HandshakeCrypto } from './crypto.ts';
import type { Endpoint } from './endpoint.ts';
import type { PeerId, TrafficLedger } from './engine-port.ts';
import { SentInitiations } from './handshake/sent-initiations.ts';
import { TimestampSource } from './handshake/timestamp-source.ts';
import type { RemoteStatic } from './noise/handshake.ts';
import { isAfter } from './tai64n.ts';
import type { Instant, WallTime } from './time.ts';
import { after } from './time.ts';
import { KEEPALIVE_OFF } from './timers/keepalive-interval.ts';
import type { PeerTimers } from './timers/policy.ts';

export class Peer {
  readonly id: PeerId;
  readonly timers: PeerTimers;
  /** Puts the MACs on what we send to it, with its cookie where it gave us one. */
  readonly stamper: MacStamper;
  readonly initiations = new SentInitiations();
  readonly timestamps = new TimestampSource();
  endpoint: Endpoint | undefined;
  /** Only the owner, and the answer to an initiation of his choice, decides where its packets go. */
  isPinned = false;
  /** Seconds. */
  persistentKeepalive = KEEPALIVE_OFF;
  /** When keys last came into use, 0 = never. */
  lastHandshake: WallTime | 0 = 0;
  /** The same by the other clock; undefined when that session is not to be relied on. */
  sessionSince: Instant | undefined;
  /** When the handshake began that is going on, or that completed last. */
  handshakeBegan = 0 as Instant;
  /** Where the initiation came from that we answered last. */
  answeredTo: Endpoint | undefined;
  /** An initiation of it has led to a session: all that it made before are known to be old. */
  hasInitiated = false;
  /** When an initiation was last sent to try a path. */
  trialSentAt: Instant | undefined;
  /** Keypairs that the data plane has of it. */
  keypairs = 0;
  #remote: RemoteStatic;
  readonly #presharedKey = pinnedBytes(new Uint8Array(KEY_BYTES));
  /** Of the newest initiation we took from it; survives everything but the peer's removal. */
  #greatestTimestamp: Uint8Array | undefined;
  #initiationTakenAt: Instant | undefined;

  constructor(id: PeerId, remote: RemoteStatic, crypto: HandshakeCrypto, timers: PeerTimers) {
    this.id = id;
    this.timers = timers;
    this.stamper = new MacStamper(crypto, remote.publicKey);
    this.#remote = remote;
  }

  get publicKey(): Uint8Array {
    return this.#remote.publicKey;
  }

  get remote(): RemoteStatic {
    return this.#remote;
  }

  /** The same peer as seen with another private key of ours. */
  set remote(remote: RemoteStatic) {
    wipeBytes(this.#remote.staticStatic);
    this.#remote = remote;
  }

  /** Whether keys came into use less than `age` milliseconds ago, and are still there. */
  hasSession(age: number, now: Instant): boolean {
    return this.sessionSince !== undefined && this.keypairs > 0 && now < after(this.sessionSince, age);
  }

  /** A public key of low order has no secrets: nothing must ever be sent to it. */
  get isReachable(): boolean {
    return !isAllZero(this.#remote.staticStatic);
  }

  /** 32 bytes, all zero for none. */
  get presharedKey(): Uint8Array {
    return this.#presharedKey;
  }

  set presharedKey(key: Uint8Array) {
    this.#presharedKey.set(key);
  }

  /**
   * Judges an authentic initiation, the last checks of section 5.2 of the protocol facts, and
   * remembers it where it is good. A replayed one is as authentic as the first.
   */
  takeInitiation(timestamp: Uint8Array, now: Instant): 'taken' | 'stale-timestamp' | 'initiation-too-soon' {
    if (this.#greatestTimestamp !== undefined && !isAfter(timestamp, this.#greatestTimestamp)) return 'stale-timestamp';
    const takenAt = this.#initiationTakenAt;
    if (takenAt !== undefined && now - takenAt <= MIN_INITIATION_INTERVAL_MS) return 'initiation-too-soon';
    this.#greatestTimestamp = timestamp;
    this.#initiationTakenAt = now;
    return 'taken';
  }

  /**
   * Reads the ledger, and has the data plane report the next packet that matters only while no
   * deadline stands. What happened between reading and letting go would be reported to nobody,
   * hence the second look.
   */
  observeTraffic(ledger: TrafficLedger, now: Instant): void {
    let keepsLooking = this.timers.observe(ledger.read(this.id), now);
    if (!keepsLooking) {
      ledger.watch(this.id, false);
      keepsLooking = this.timers.observe(ledger.read(this.id), now);
    }
    if (keepsLooking) ledger.watch(this.id, true);
  }

  /** The peer is removed. Its pending initiations have been forgotten before. */
  wipe(): void {
    wipeBytes(this.#presharedKey, this.#remote.staticStatic);
  }
}
