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
import { equalBytes } from './bytes.ts';
import { checkedKey, loadIdentity } from './checked-key.ts';
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
import { configOf, snapshotOf } from './peer-snapshot.ts';
import { PeerTable } from './peer-table.ts';
import type { Range } from './range.ts';
import type { Instant, Moment } from './time.ts';
import { DeadlineQueue } from './timers/deadline-queue.ts';
import { isOff, keepaliveInterval, keepaliveRange } from './timers/keepalive-interval.ts';
import type { TimerAction } from './timers/policy.ts';
import { PeerTimers } from './timers/policy.ts';
import type { TimingPolicy } from './timers/timing.ts';
import { WIREGUARD_TIMING } from './timers/timing.ts';
import { TunnelError } from './tunnel-error.ts';
import type { TunnelEvent } from './tunnel-event.ts';
import type { PeerConfig, TunnelOptions, TunnelSnapshot } from './tunnel-options.ts';

/** What the data plane reports about one peer. */
type PeerReport = Exclude<EngineEvent, { kind: 'handshake' }>;

export class Tunnel {
  readonly #outbox = new Outbox();
  readonly #peers: PeerTable;
  /** BOUNDED by the number of peers. */
  readonly #deadlines = new DeadlineQueue<Peer>();
  readonly #ledger: TrafficLedger;
  readonly #context: HandshakeContext;
  readonly #initiator: Initiator;
  readonly #inbox: HandshakeInbox;
  #isStarted = false;

  /** Begins stopped: peers can be added, and nothing is sent or answered before `start`. */
  constructor(options: TunnelOptions, _now: Moment) {
    const { crypto, random, profile } = options;
    this.#ledger = options.ledger;
    this.#peers = new PeerTable(options.maxPeers);
    const timing = { ...WIREGUARD_TIMING, ...options.timing };
    const keypair = loadIdentity(crypto, options.privateKey);
    const outbox = this.#outbox;
    this.#context = new HandshakeContext({ crypto, random, profile, outbox, keypair, timing });
    this.#initiator = new Initiator(this.#context);
    this.#inbox = new HandshakeInbox(this.#context, this.#peers, this.#initiator);
  }

  /** 32 bytes, all zero while there is no private key. */
  get publicKey(): Uint8Array {
    return this.identity?.publicKey ?? new Uint8Array(KEY_BYTES);
  }

  /** Our keys; secret. Undefined while there are none. */
  get identity(): X25519Keypair | undefined {
    return this.#context.hasIdentity ? this.#context.keypair : undefined;
  }

  /** Peers that can be added now. Those that are removed count until the data plane has let go of them. */
  get roomForPeers(): number {
    return this.#peers.room;
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
    if (this.#isStarted) return;
    this.#isStarted = true;
    if (this.#isRunning) for (const peer of this.#peers) this.#startPeer(peer, now);
  }

  /** Forgets all keys and handshakes. Peers stay, and so does what was learnt about their endpoints. */
  stop(_now: Moment): void {
    if (!this.#isStarted) return;
    this.#isStarted = false;
    for (const peer of this.#peers) this.#stopPeer(peer);
  }

  /** The last call: no key is left, ours, preshared or made with a peer. */
  end(now: Moment): void {
    this.stop(now);
    for (const peer of this.#peers) this.#remove(peer);
    this.#context.become(undefined);
  }

  /**
   * The network is another one, or the machine has slept: what is known about the way to peers may be wrong,
   * and sessions may be dead without our knowing. Whoever has a session, or should always have one, is
   * greeted at once.
   *
   * @param ids whom it concerns; left out: everyone
   */
  rebind(now: Moment, ids?: Iterable<PeerId>): void {
    if (!this.#isRunning) return;
    const peers = ids === undefined ? this.#peers : Array.from(ids, (id) => this.#expect(id));
    for (const peer of peers) this.#rebindPeer(peer, now);
  }

  /** We send from another port: peers in session are shown, or what they send would go to the old one. */
  announce(now: Moment): void {
    if (!this.#isRunning) return;
    for (const peer of this.#peers) if (this.#isInSession(peer, now)) this.#sendKeepalive(peer);
  }

  /** The id of the peer with this key. */
  find(publicKey: Uint8Array): PeerId | undefined {
    return this.#peers.find(publicKey)?.id;
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

  /** Where it is now. */
  endpointOf(id: PeerId): Endpoint | undefined {
    return this.#expect(id).endpoint;
  }

  /** What `addPeer` would be told to have the same peer again; secret. */
  configOf(id: PeerId): PeerConfig {
    const peer = this.#expect(id);
    return configOf(peer, this.#peers.allowedIps(peer));
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
   * those we were talking to at once. Undefined or all zero: we are nobody, and sessions end.
   */
  setPrivateKey(raw: Uint8Array | undefined, now: Moment): void {
    const keypair = loadIdentity(this.#context.crypto, raw);
    if (equalBytes(keypair?.publicKey ?? new Uint8Array(KEY_BYTES), this.publicKey)) return;
    const wasRunning = this.#isRunning;
    if (keypair === undefined) for (const peer of this.#peers) this.#stopPeer(peer);
    else this.#removeOwn(keypair);
    this.#context.become(keypair);
    for (const peer of this.#peers) this.#introduceAnew(peer, now);
    if (this.#isRunning && !wasRunning) for (const peer of this.#peers) this.#startPeer(peer, now);
  }

  /** How messages look from now on, those of sessions that exist as well. */
  setProfile(profile: Profile): void {
    this.#context.profile = profile;
    this.#outbox.command({ kind: 'set-profile', profile: { ...profile, signatures: [], special: undefined } });
  }

  /** Replaces values of plain WireGuard. What is due already stays due. */
  setTiming(timing: Partial<TimingPolicy>): void {
    this.#context.timing = { ...WIREGUARD_TIMING, ...timing };
    for (const peer of this.#peers) peer.timers.setTiming(this.#context.timing);
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
    const peers = Array.from(this.#peers, (peer) =>
      snapshotOf(peer, this.#ledger.read(peer.id), this.#peers.allowedIps(peer)),
    );
    return { publicKey: this.publicKey, peers };
  }

  // ------------------------------------------------------------------------------------------

  /** Started, and somebody. */
  get #isRunning(): boolean {
    return this.#isStarted && this.#context.hasIdentity;
  }

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
        // Where sending and receiving are in two threads, the wish for a session and the news that it is there
        // may cross. Another handshake so soon would only be put off (Rekey-Timeout), and then be for nothing.
        if (!peer.hasSession(this.#context.timing.rekeyTimeout.low, now.at)) this.#initiator.begin(peer, now);
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

  #rebindPeer(peer: Peer, now: Moment): void {
    if (peer.timers.isHandshaking || this.#isInSession(peer, now)) this.#initiator.beginAnew(peer, now);
    else {
      this.#initiator.forgetSource(peer);
      if (!isOff(peer.persistentKeepalive)) this.#sendKeepalive(peer);
    }
    this.#reschedule(peer);
  }

  #isInSession(peer: Peer, now: Moment): boolean {
    return peer.endpoint !== undefined && peer.hasSession(this.#context.timing.rejectAfterTime.high, now.at);
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
    const peer = new Peer(this.#peers.allocateId(), remote, crypto, new PeerTimers(this.#context.timing, random));
    peer.persistentKeepalive = persistentKeepalive;
    if (config.presharedKey !== undefined) peer.presharedKey = config.presharedKey;
    return peer;
  }

  #checkNewKey(publicKey: Uint8Array): void {
    if (this.identity !== undefined && equalBytes(publicKey, this.identity.publicKey)) {
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

  #reschedule(peer: Peer): void {
    this.#deadlines.set(peer, peer.timers.next());
  }

  #expect(id: PeerId): Peer {
    const peer = this.#peers.get(id);
    if (peer === undefined) throw new TunnelError('unknown-peer', `there is no peer ${id}`);
    return peer;
  }
}
