/**
 * The protocol core of one device: peers, handshakes, keys and timers, without any input or output.
 * Transport messages never come here; the data plane carries them and reports what they mean.
 *
 *     owner ──► addPeer, setEndpoint, ... ─┐                      ┌─► pollCommands ──► data plane
 *     data plane ──► handleEvent ──────────┤  peers, handshakes   ├─► pollEvents ────► log
 *     clock ──► handleTimeout ─────────────┘  timers, identity    └─► nextDeadline ──► clock
 *
 * The time comes with each call. After every call that is not a poll there may be new commands and
 * events, and another deadline; polls change nothing but what is taken.
 */
import { isAllZero } from './bytes.ts';
import { KEY_BYTES } from './constants.ts';
import type { X25519Keypair } from './crypto.ts';
import type { Endpoint } from './endpoint.ts';
import { sameEndpoint } from './endpoint.ts';
import type { EngineCommand, EngineEvent, PeerId, Prefix, TrafficLedger } from './engine-port.ts';
import { HandshakeContext } from './handshake/context.ts';
import { HandshakeInbox } from './handshake/inbox.ts';
import { Initiator } from './handshake/initiator.ts';
import { remoteStaticOf } from './noise/handshake.ts';
import type { Profile } from './obfuscation/profile.ts';
import { Outbox } from './outbox.ts';
import { Peer } from './peer.ts';
import { PeerTable } from './peer-table.ts';
import type { Range } from './range.ts';
import type { Instant, Moment } from './time.ts';
import { after } from './time.ts';
import { DeadlineQueue } from './timers/deadline-queue.ts';
import { isOff, keepaliveInterval, keepaliveRange, plainKeepalive } from './timers/keepalive-interval.ts';
import type { TimerAction } from './timers/policy.ts';
import { PeerTimers } from './timers/policy.ts';
import type { TimingPolicy } from './timers/timing.ts';
import { WIREGUARD_TIMING } from './timers/timing.ts';
import { TunnelError } from './tunnel-error.ts';
import type { TunnelEvent } from './tunnel-event.ts';
import type { PeerConfig, PeerSnapshot, TunnelOptions, TunnelSnapshot } from './tunnel-options.ts';

/** What the data plane reports about one peer. */
type PeerReport = Exclude<EngineEvent, { kind: 'handshake' }>;

export class Tunnel {
  readonly #outbox = new Outbox();
  readonly #peers = new PeerTable();
  /** BOUNDED by the number of peers. */
  readonly #deadlines = new DeadlineQueue<Peer>();
  readonly #ledger: TrafficLedger;
  readonly #timing: TimingPolicy;
  readonly #context: HandshakeContext;
  readonly #initiator: Initiator;
  readonly #inbox: HandshakeInbox;
  #isRunning = false;

  /** Begins stopped: peers can be added, and nothing is sent or answered before `start`. */
  constructor(options: TunnelOptions, _now: Moment) {
    const { crypto, random, profile } = options;
    this.#ledger = options.ledger;
    this.#timing = { ...WIREGUARD_TIMING, ...options.timing };
    const keypair = crypto.loadPrivateKey(checkedKey('private key', options.privateKey));
    const outbox = this.#outbox;
    this.#context = new HandshakeContext({ crypto, random, profile, outbox, keypair, timing: this.#timing });
    this.#initiator = new Initiator(this.#context);
    this.#inbox = new HandshakeInbox(this.#context, this.#peers, this.#initiator);
  }

  /** 32 bytes. */
  get publicKey(): Uint8Array {
    return this.#context.keypair.publicKey;
  }

  /** Packets dropped in the core, by `DROP` index. */
  get drops(): readonly number[] {
    return this.#outbox.drops;
  }

  // ------------------------------------------------------------------------------------------
  // The owner's calls. All throw TunnelError, and then have changed nothing.
  // ------------------------------------------------------------------------------------------

  /** Answers and sends handshakes from now on; peers with a persistent keepalive are called at once. */
  start(now: Moment): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    for (const peer of this.#peers) this.#startPeer(peer, now);
  }

  /** Forgets all keys and handshakes. Peers stay, and so does what was learnt about their endpoints. */
  stop(_now: Moment): void {
    if (!this.#isRunning) return;
    this.#isRunning = false;
    for (const peer of this.#peers) this.#stopPeer(peer);
  }

  addPeer(config: PeerConfig, now: Moment): PeerId {
    const peer = this.#createPeer(config);
    this.#peers.add(peer);
    this.#outbox.command({ kind: 'add-peer', peer: peer.id });
    this.#assignAllowedIps(peer, config.allowedIps);
    if (config.endpoint !== undefined) this.#context.setEndpoint(peer, config.endpoint);
    if (this.#isRunning) this.#startPeer(peer, now);
    return peer.id;
  }

  removePeer(id: PeerId, _now: Moment): void {
    this.#remove(this.#expect(id));
  }

  /** Replaces the list; a prefix that another peer holds moves to this one. */
  setAllowedIps(id: PeerId, prefixes: readonly Prefix[]): void {
    this.#assignAllowedIps(this.#expect(id), prefixes);
  }

  /**
   * What has waited for an endpoint happens now: a persistent keepalive at once, a handshake with the
   * next `handleTimeout`, which is then due.
   */
  setEndpoint(id: PeerId, endpoint: Endpoint | undefined): void {
    const peer = this.#expect(id);
    const isFirst = peer.endpoint === undefined;
    this.#context.setEndpoint(peer, endpoint);
    if (isFirst && this.#isRunning && !isOff(peer.persistentKeepalive)) this.#sendKeepalive(peer);
    if (peer.initiations.size === 0 && peer.timers.isHandshaking) peer.timers.obstacleGone();
    this.#reschedule(peer);
  }

  /**
   * While pinned, the peer's packets go to the endpoint that is set here or that answers `initiateVia`, and
   * what comes from elsewhere is told as `heard-elsewhere`.
   */
  pinEndpoint(id: PeerId, pinned: boolean): void {
    const peer = this.#expect(id);
    peer.isPinned = pinned;
    this.#outbox.command({ kind: 'pin-path', peer: id, pinned });
    // The data plane may have followed the peer elsewhere before it hears of this.
    if (pinned && peer.endpoint !== undefined) this.#context.setEndpoint(peer, peer.endpoint);
  }

  /** Sends an inner packet with the present session to `to`, or where the peer is; without a session nothing happens. */
  probe(id: PeerId, to: Endpoint | undefined, packet: Uint8Array): void {
    const peer = this.#expect(id);
    if (this.#isRunning) this.#outbox.command({ kind: 'send-probe', peer: peer.id, to, packet });
  }

  /**
   * Sends an initiation to `endpoint`, once, beside those that wait for an answer; the peer moves there when
   * it is answered. At most one in TRIAL_INITIATION_INTERVAL_MS.
   *
   * @returns whether it was sent
   */
  initiateVia(id: PeerId, endpoint: Endpoint, now: Moment): boolean {
    const peer = this.#expect(id);
    const isSent = this.#isRunning && this.#initiator.tryVia(peer, endpoint, now);
    this.#reschedule(peer);
    return isSent;
  }

  /** 32 bytes, or undefined for none. Sessions go on; the next handshake uses it. */
  setPresharedKey(id: PeerId, key: Uint8Array | undefined): void {
    const peer = this.#expect(id);
    peer.presharedKey = checkedKey('preshared key', key ?? new Uint8Array(KEY_BYTES));
  }

  /** Seconds, 0 = off. A peer that had none is sent one at once. */
  setPersistentKeepalive(id: PeerId, seconds: number | Range, now: Moment): void {
    const peer = this.#expect(id);
    const wasOff = isOff(peer.persistentKeepalive);
    peer.persistentKeepalive = keepaliveRange(seconds);
    if (!this.#isRunning) return;
    if (wasOff) this.#startPeer(peer, now);
    else peer.timers.setPersistentKeepalive(keepaliveInterval(peer.persistentKeepalive), now.at);
    this.#reschedule(peer);
  }

  /**
   * Who we are changes: the peer with the same key goes, all others get to know us by a new handshake,
   * those we were talking to at once.
   */
  setPrivateKey(raw: Uint8Array, now: Moment): void {
    const keypair = this.#context.crypto.loadPrivateKey(checkedKey('private key', raw));
    if (sameKey(keypair.publicKey, this.publicKey)) return;
    this.#removeOwn(keypair);
    this.#context.become(keypair);
    for (const peer of this.#peers) this.#introduceAnew(peer, now);
  }

  /** How messages look from now on. The data plane has a profile of its own. */
  setProfile(profile: Profile): void {
    this.#context.profile = profile;
  }

  // ------------------------------------------------------------------------------------------
  // Reports of the data plane, and of the clock
  // ------------------------------------------------------------------------------------------

  /** Reports about a peer that has been removed meanwhile are ignored. */
  handleEvent(event: EngineEvent, now: Moment): void {
    if (event.kind === 'handshake') this.#handleHandshake(event, now);
    else this.#handleReport(event, now);
  }

  /** Does everything that is due. To be called at `nextDeadline`; earlier does no harm. */
  handleTimeout(now: Moment): void {
    for (const peer of this.#deadlines.takeDue(now.at)) {
      for (const action of peer.timers.expire(now.at, this.#ledger.read(peer.id))) this.#act(peer, action, now);
      peer.observeTraffic(this.#ledger, now.at);
      this.#reschedule(peer);
    }
  }

  // ------------------------------------------------------------------------------------------
  // Polls
  // ------------------------------------------------------------------------------------------

  /** When to call `handleTimeout`; may lie in the past. Undefined while nothing is outstanding. */
  nextDeadline(): Instant | undefined {
    return this.#deadlines.earliest();
  }

  /** To be carried out in order, before the data plane looks at anything else. */
  pollCommands(): readonly EngineCommand[] {
    return this.#outbox.takeCommands();
  }

  /** The latest 1024 events since the last call. */
  pollEvents(): readonly TunnelEvent[] {
    return this.#outbox.takeEvents();
  }

  snapshot(): TunnelSnapshot {
    return { publicKey: this.publicKey, peers: Array.from(this.#peers, (peer) => this.#snapshotOf(peer)) };
  }

  // ------------------------------------------------------------------------------------------

  #handleHandshake(event: Extract<EngineEvent, { kind: 'handshake' }>, now: Moment): void {
    if (!this.#isRunning) return;
    const peer = this.#inbox.handle(event, now);
    if (peer !== undefined) this.#reschedule(peer);
  }

  #handleReport(event: PeerReport, now: Moment): void {
    if (event.kind === 'keypair-retired') this.#context.indices.free(event.localIndex);
    if (event.kind === 'peer-removed') this.#peers.releaseId(event.peer);
    const peer = this.#peers.get(event.peer);
    if (peer === undefined) return;
    if (this.#isRunning) this.#handlePeerEvent(peer, event, now);
    else this.#handleWhileStopped(peer, event);
    this.#reschedule(peer);
  }

  #handlePeerEvent(peer: Peer, event: PeerReport, now: Moment): void {
    switch (event.kind) {
      case 'session-wanted':
        if (!this.#hasNewSession(peer, now)) this.#initiator.begin(peer, now);
        break;
      case 'rekey-due':
        this.#initiator.begin(peer, now);
        break;
      case 'session-confirmed':
        if (peer.answeredTo !== undefined) this.#context.complete(peer, 'responder', peer.answeredTo, now);
        break;
      case 'keypair-retired':
        peer.keypairs -= 1;
        break;
      case 'roamed':
        this.#handleRoamed(peer, event.endpoint);
        break;
      case 'heard':
        this.#outbox.event({ ...event, kind: 'heard-elsewhere' });
        break;
      case 'traffic':
        peer.observeTraffic(this.#ledger, now.at);
        break;
      case 'peer-removed':
        break;
    }
  }

  /**
   * Where sending and receiving are in two threads, the wish for a session and the news that it is there
   * may cross. Another handshake so soon would only be put off (Rekey-Timeout), and then be for nothing.
   */
  #hasNewSession(peer: Peer, now: Moment): boolean {
    if (peer.sessionSince === undefined || peer.keypairs === 0) return false;
    return now.at < after(peer.sessionSince, this.#timing.rekeyTimeout.low);
  }

  /** What waits for a session would wait for ever, and after `start` nobody would ask again. */
  #handleWhileStopped(peer: Peer, event: PeerReport): void {
    if (event.kind === 'keypair-retired') peer.keypairs -= 1;
    if (event.kind === 'session-wanted') this.#outbox.command({ kind: 'drop-staged', peer: peer.id });
  }

  /** The data plane already answers there; the core's next handshake goes there too. */
  #handleRoamed(peer: Peer, endpoint: Endpoint): void {
    const isElsewhere = peer.endpoint === undefined || !sameEndpoint(peer.endpoint, endpoint);
    // Reported before the data plane heard where the peer is pinned.
    if (isElsewhere && peer.isPinned && peer.endpoint !== undefined) return;
    peer.endpoint = endpoint;
    if (isElsewhere) this.#outbox.event({ kind: 'peer-roamed', peer: peer.id, endpoint });
  }

  #act(peer: Peer, action: TimerAction, now: Moment): void {
    switch (action) {
      case 'zero-keys':
        this.#zeroKeys(peer);
        break;
      case 'forget-initiations':
        this.#context.forgetInitiations(peer);
        break;
      case 'give-up':
        this.#initiator.giveUp(peer);
        break;
      case 'retry-handshake':
        this.#initiator.retry(peer, now);
        break;
      case 'begin-handshake':
        this.#initiator.beginAfterSilence(peer, now);
        break;
      case 'send-keepalive':
        this.#sendKeepalive(peer);
        break;
    }
  }

  /** Packets wait only while a handshake is going on; that handshake is not as old as these keys. */
  #zeroKeys(peer: Peer): void {
    this.#outbox.command({ kind: 'drop-keypairs', peer: peer.id });
    if (!peer.timers.isHandshaking) {
      this.#context.forgetInitiations(peer);
      this.#outbox.command({ kind: 'drop-staged', peer: peer.id });
    }
    this.#outbox.event({ kind: 'keys-zeroed', peer: peer.id });
  }

  #sendKeepalive(peer: Peer): void {
    if (peer.endpoint !== undefined) this.#outbox.command({ kind: 'send-keepalive', peer: peer.id });
  }

  #startPeer(peer: Peer, now: Moment): void {
    if (isOff(peer.persistentKeepalive)) return;
    peer.timers.setPersistentKeepalive(keepaliveInterval(peer.persistentKeepalive), now.at);
    this.#sendKeepalive(peer);
    this.#reschedule(peer);
  }

  #stopPeer(peer: Peer): void {
    this.#context.forgetInitiations(peer);
    peer.timers.stop();
    this.#ledger.watch(peer.id, false);
    this.#outbox.command({ kind: 'drop-keypairs', peer: peer.id });
    this.#outbox.command({ kind: 'drop-staged', peer: peer.id });
    this.#reschedule(peer);
  }

  #createPeer(config: PeerConfig): Peer {
    const { crypto, keypair, random } = this.#context;
    const publicKey = Uint8Array.from(checkedKey('public key', config.publicKey));
    const persistentKeepalive = keepaliveRange(config.persistentKeepalive);
    if (config.presharedKey !== undefined) checkedKey('preshared key', config.presharedKey);
    const remote = remoteStaticOf(crypto, keypair, publicKey);
    this.#checkNewKey(publicKey);
    const peer = new Peer(this.#peers.allocateId(), remote, crypto, new PeerTimers(this.#timing, random));
    peer.persistentKeepalive = persistentKeepalive;
    if (config.presharedKey !== undefined) peer.presharedKey = config.presharedKey;
    return peer;
  }

  #checkNewKey(publicKey: Uint8Array): void {
    if (sameKey(publicKey, this.publicKey)) {
      throw new TunnelError('own-public-key', 'the public key of the peer is that of this device');
    }
    if (this.#peers.find(publicKey) !== undefined) {
      throw new TunnelError('peer-exists', 'there is already a peer with this public key');
    }
  }

  #assignAllowedIps(peer: Peer, prefixes: readonly Prefix[]): void {
    this.#peers.setAllowedIps(peer, prefixes);
    this.#outbox.command({ kind: 'set-allowed-ips', peer: peer.id, prefixes });
  }

  /** The indices of its keypairs are freed when the data plane reports them gone. */
  #remove(peer: Peer): void {
    this.#context.forgetInitiations(peer);
    this.#deadlines.set(peer, undefined);
    this.#peers.remove(peer);
    peer.wipe();
    this.#outbox.command({ kind: 'remove-peer', peer: peer.id });
  }

  #removeOwn(keypair: X25519Keypair): void {
    const peer = this.#peers.find(keypair.publicKey);
    if (peer === undefined) return;
    this.#remove(peer);
    this.#outbox.event({ kind: 'own-peer-removed', peer: peer.id, publicKey: peer.publicKey });
  }

  #introduceAnew(peer: Peer, now: Moment): void {
    const wasTalking = peer.keypairs > 0 || peer.timers.isHandshaking;
    peer.remote = remoteStaticOf(this.#context.crypto, this.#context.keypair, peer.publicKey);
    this.#context.forgetInitiations(peer);
    peer.sessionSince = undefined;
    peer.timers.handshakeCompleted();
    peer.timers.obstacleGone();
    this.#outbox.command({ kind: 'expire-keypairs', peer: peer.id });
    if (wasTalking && this.#isRunning) this.#initiator.begin(peer, now);
    this.#reschedule(peer);
  }

  #snapshotOf(peer: Peer): PeerSnapshot {
    const { receivedBytes, sentBytes } = this.#ledger.read(peer.id);
    const { id, publicKey, endpoint, lastHandshake } = peer;
    const persistentKeepalive = plainKeepalive(peer.persistentKeepalive);
    const hasPresharedKey = !isAllZero(peer.presharedKey);
    const allowedIps = this.#peers.allowedIps(peer);
    return {
      id,
      publicKey,
      hasPresharedKey,
      endpoint,
      allowedIps,
      lastHandshake,
      persistentKeepalive,
      receivedBytes,
      sentBytes,
    };
  }

  #reschedule(peer: Peer): void {
    this.#deadlines.set(peer, peer.timers.next());
  }

  #expect(id: PeerId): Peer {
    const peer = this.#peers.get(id);
    if (peer === undefined) throw new TunnelError('unknown-peer', `there is no peer ${id}`);
    return peer;
  }
}

function sameKey(a: Uint8Array, b: Uint8Array): boolean {
  return a.every((byte, index) => byte === b[index]);
}

function checkedKey(what: string, key: Uint8Array): Uint8Array {
  if (key.length === KEY_BYTES) return key;
  throw new TunnelError('bad-key-length', `a ${what} has ${KEY_BYTES} bytes, not ${key.length}`);
}
