/**
 * An examination in progress: the core with the configuration as it is, an engine that carries out its
 * commands, and the diagnosis of everything that comes in.
 *
 *     datagram ─► Detective ─┬─ message ──────► Tunnel ─► commands ─► DoctorEngine ─► socket
 *                            ├─ differences ──► the peer's case
 *                            └─ suspicion ────► the peer's case, or that of an unknown source
 *
 * Does no input or output itself and keeps no time, like the core.
 */
import { openTransport } from '../../crypto/transport-aead.ts';
import { ledgerMemory, SharedLedger } from '../../dataplane/shared-ledger.ts';
import { formatEndpoint } from '../../protocol/address-text.ts';
import { mac1KeyOf } from '../../protocol/cookie/mac-keys.ts';
import type { X25519Keypair } from '../../protocol/crypto.ts';
import { Detective } from '../../protocol/diagnosis/detective.ts';
import type { Diagnosis } from '../../protocol/diagnosis/finding.ts';
import { TokenBucket } from '../../protocol/diagnosis/token-bucket.ts';
import type { Endpoint } from '../../protocol/endpoint.ts';
import { sameEndpoint } from '../../protocol/endpoint.ts';
import type { EngineEvent, PeerId } from '../../protocol/engine-port.ts';
import type { Profile } from '../../protocol/obfuscation/profile.ts';
import type { Moment } from '../../protocol/time.ts';
import { Tunnel } from '../../protocol/tunnel.ts';
import type { TunnelEvent } from '../../protocol/tunnel-event.ts';
import type { TunnelConfig } from '../config/tunnel-config.ts';
import { DoctorEngine } from './doctor-engine.ts';
import { echoPacket } from './echo-packet.ts';
import { presharedKeyFinding, strangerIn } from './handshake-trouble.ts';
import type { Hypothesis } from './hypotheses.ts';
import { initiationHypotheses } from './hypotheses.ts';
import { NotedFindings } from './noted-findings.ts';
import { PeerCase } from './peer-case.ts';
import { probes } from './prober.ts';
import type { OtherSource } from './report.ts';
import type { Tools } from './wrap.ts';

type Send = (to: Endpoint, datagram: Uint8Array) => void;

type Revealed = Extract<Diagnosis, { outcome: 'revealed' }>;

/** Datagrams looked at: some hundred at once, then so many a second that it is no burden. */
const BURST = 500;
const INTERVAL_MS = 5;

/** Unknown sources told apart. */
const MAX_SOURCES = 64;

/** For a peer none of whose addresses has our family: what it cannot deliver, it acknowledges all the same. */
const UNKNOWN_PACKET = Uint8Array.of(0x45);

interface Source {
  readonly findings: NotedFindings;
  datagrams: number;
}

export class Examination {
  readonly cases: readonly PeerCase[];
  readonly tunnel: Tunnel;
  readonly engine: DoctorEngine;
  readonly keypair: X25519Keypair;
  /** Datagrams that came too fast to be looked at. */
  skipped = 0;
  readonly #config: TunnelConfig;
  readonly #tools: Tools;
  readonly #began: Moment;
  readonly #detective: Detective;
  readonly #bucket = new TokenBucket(BURST, INTERVAL_MS);
  /** BOUNDED by MAX_SOURCES. */
  readonly #others = new Map<string, Source>();
  readonly #send: Send;
  #pings = 0;

  constructor(config: TunnelConfig, tools: Tools, send: Send, now: Moment) {
    const { privateKey, profile, timing } = config;
    const { crypto, random } = tools;
    this.#config = config;
    this.#tools = tools;
    this.#began = now;
    this.#send = send;
    this.keypair = crypto.loadPrivateKey(privateKey);
    // Stays empty: an examination is too short for the timers that look at it.
    const ledger = new SharedLedger(ledgerMemory(Math.max(config.peers.length, 1)));
    this.tunnel = new Tunnel({ privateKey, profile, timing, crypto, random, ledger }, now);
    this.cases = config.peers.map((entry) => new PeerCase(this.#addPeer(entry, now), entry));
    this.engine = new DoctorEngine({ tools, profile, send, peerOf: (id) => this.caseOf(id) });
    const otherKeys = config.peers.map(({ publicKey }) => ({
      name: `that of peer ${Buffer.from(publicKey).toString('base64')}`,
      mac1Key: mac1KeyOf(crypto, publicKey),
    }));
    const mac1Key = mac1KeyOf(crypto, this.keypair.publicKey);
    this.#detective = new Detective({
      crypto,
      openTransport,
      profile,
      mac1Key,
      live: this.engine.sessions,
      otherKeys,
    });
    this.tunnel.start(now);
  }

  caseOf(id: PeerId): PeerCase | undefined {
    return this.cases.find((each) => each.id === id);
  }

  /** Begins a handshake with the peer, unless one is going on. */
  call(peer: PeerCase, now: Moment): void {
    this.tunnel.handleEvent({ kind: 'session-wanted', peer: peer.id }, now);
    this.settle(now);
  }

  /**
   * Calls a peer that has called us and does not understand our answer. The core would wait a while after
   * having sent anything, and in that while the peer repeats itself, and so for ever.
   */
  callBack(peer: PeerCase, now: Moment): void {
    this.call(peer, now);
    if (peer.initiationsSent > 0) return;
    this.tunnel.setEndpoint(peer.id, peer.endpoint);
    this.handleTimeout(now);
  }

  handleTimeout(now: Moment): void {
    this.tunnel.handleTimeout(now);
    this.settle(now);
  }

  handleDatagram(datagram: Uint8Array, from: Endpoint, now: Moment): void {
    if (!this.#bucket.take(now.at)) {
      this.skipped += 1;
      return;
    }
    const diagnosis = this.#detective.examine(datagram);
    if (diagnosis?.outcome === 'revealed') this.#handleMessage(diagnosis, from, now);
    else this.#handleNothing(diagnosis, from, now);
    this.settle(now);
  }

  /** Data, to which a peer that can read it has something to say. */
  ping(peer: PeerCase, profile?: Profile): void {
    this.#pings = (this.#pings + 1) & 0xffff;
    const packet = echoPacket(this.#config.addresses, peer.entry.allowedIps, this.#pings) ?? UNKNOWN_PACKET;
    this.engine.sendData(peer.id, packet, profile);
  }

  /** Initiations with other values, each sent when it is called. */
  *probes(peer: PeerCase, now: Moment): Generator<() => void> {
    const hypotheses = initiationHypotheses(this.#config.profile);
    for (const { index, hypothesis, message, datagram } of probes(
      this.#tools,
      this.keypair,
      peer.publicKey,
      hypotheses,
      now.wall,
    )) {
      peer.tried.set(index, hypothesis);
      this.engine.noteSent(peer.id, message);
      yield () => this.#sendTo(peer, datagram);
    }
  }

  /** What a peer may have otherwise, seen from what it was found to have. */
  profilesFor(peer: PeerCase, hypotheses: (profile: Profile) => readonly Hypothesis[]): Profile[] {
    return hypotheses(peer.adopted ?? this.#config.profile).map(({ profile }) => profile);
  }

  /** Carries out what the core has decided. */
  settle(now: Moment): void {
    this.#noteEvents(this.tunnel.pollEvents(), now);
    for (let commands = this.tunnel.pollCommands(); commands.length > 0; commands = this.tunnel.pollCommands()) {
      for (const command of commands) this.engine.execute(command);
      for (const event of this.engine.takeEvents()) this.tunnel.handleEvent(event, now);
      this.#noteEvents(this.tunnel.pollEvents(), now);
    }
  }

  secondsSince(now: Moment): number {
    return Math.round((now.at - this.#began.at) / 10) / 100;
  }

  otherSources(): OtherSource[] {
    return [...this.#others].map(([address, { datagrams, findings }]) => ({
      address,
      datagrams,
      findings: findings.list(),
    }));
  }

  #sendTo(peer: PeerCase, datagram: Uint8Array): void {
    if (peer.endpoint !== undefined) this.#send(peer.endpoint, datagram);
  }

  #addPeer(entry: TunnelConfig['peers'][number], now: Moment): PeerId {
    const { publicKey, presharedKey, allowedIps } = entry;
    const psk = presharedKey === undefined ? {} : { presharedKey };
    return this.tunnel.addPeer({ publicKey, allowedIps, persistentKeepalive: 0, ...psk }, now);
  }

  #handleMessage(diagnosis: Revealed, from: Endpoint, now: Moment): void {
    if (diagnosis.wrapping.kind === 'transport') this.#handleTransport(diagnosis, now);
    else this.#handleHandshake(diagnosis, diagnosis.wrapping.kind, from, now);
  }

  #handleTransport(diagnosis: Revealed, now: Moment): void {
    const session = diagnosis.receiver === undefined ? undefined : this.engine.sessions.get(diagnosis.receiver);
    const peer = session && this.caseOf(session.peer);
    if (session === undefined || peer === undefined) return;
    peer.note(diagnosis, this.#config.profile, this.secondsSince(now));
    peer.dataAfter ??= this.secondsSince(now);
    if (!this.engine.confirm(session)) return;
    peer.wasUnderstood('response');
    for (const event of this.engine.takeEvents()) this.tunnel.handleEvent(event, now);
    this.ping(peer);
  }

  /** The core takes it as if nothing were wrong with what it was wrapped in. */
  #handleHandshake(diagnosis: Revealed, kind: 'initiation' | 'response' | 'cookie-reply', from: Endpoint, now: Moment) {
    const { message, receiver } = diagnosis;
    this.settle(now);
    const event = { kind: 'handshake', type: kind, message, from } as const;
    this.tunnel.handleEvent(event, now);
    const events = this.tunnel.pollEvents();
    const peer = this.#peerIn(events) ?? this.#introducedBy(receiver);
    if (peer !== undefined) this.#others.delete(formatEndpoint(from));
    peer?.noteTried(receiver, this.secondsSince(now));
    peer?.note(diagnosis, this.#config.profile, this.secondsSince(now));
    this.#noteEvents(events, now);
    const refusal = events.find((each) => each.kind === 'dropped')?.reason;
    if (refusal === 'bad-handshake' && kind === 'response' && peer !== undefined) this.#tryWithoutKey(peer, event, now);
    if (refusal === 'unknown-peer') this.#noteStranger(message, from, now);
  }

  /**
   * A response is genuine up to the preshared key, or it would not have our index and mac1. Without a key
   * the same response is tried again, which a failed attempt leaves possible.
   */
  #tryWithoutKey(peer: PeerCase, event: EngineEvent, now: Moment): void {
    const { presharedKey } = peer.entry;
    const seconds = this.secondsSince(now);
    if (presharedKey === undefined) {
      peer.findings.add(presharedKeyFinding('not set', 'set'), seconds);
      return;
    }
    this.tunnel.setPresharedKey(peer.id, undefined);
    this.tunnel.handleEvent(event, now);
    const events = this.tunnel.pollEvents();
    const isThat = events.some(({ kind }) => kind === 'handshake-completed');
    if (!isThat) this.tunnel.setPresharedKey(peer.id, presharedKey);
    peer.findings.add(presharedKeyFinding('set', isThat ? 'not set' : 'another'), seconds);
    this.#noteEvents(events, now);
  }

  #noteStranger(message: Uint8Array, from: Endpoint, now: Moment): void {
    const finding = strangerIn(this.#tools.crypto, this.keypair, message);
    this.#source(from)?.findings.add(finding, this.secondsSince(now));
  }

  #handleNothing(diagnosis: Diagnosis | undefined, from: Endpoint, now: Moment): void {
    const peer = this.cases.find(({ endpoint }) => endpoint !== undefined && sameEndpoint(endpoint, from));
    const finding = diagnosis?.outcome === 'suspected' ? diagnosis.finding : undefined;
    const seconds = this.secondsSince(now);
    if (peer !== undefined) {
      peer.suspect(finding, seconds);
      return;
    }
    const source = this.#source(from);
    if (finding !== undefined) source?.findings.add(finding, seconds);
  }

  /** Counts a datagram for it; undefined where there are too many sources to tell apart. */
  #source(from: Endpoint): Source | undefined {
    const address = formatEndpoint(from);
    const known = this.#others.get(address);
    if (known === undefined && this.#others.size >= MAX_SOURCES) return undefined;
    const source = known ?? { findings: new NotedFindings(), datagrams: 0 };
    source.datagrams += 1;
    this.#others.set(address, source);
    return source;
  }

  #peerIn(events: readonly TunnelEvent[]): PeerCase | undefined {
    for (const event of events) if ('peer' in event) return this.caseOf(event.peer);
    return undefined;
  }

  #introducedBy(receiver: Revealed['receiver']): PeerCase | undefined {
    const id = receiver === undefined ? undefined : this.engine.sessions.peerOf(receiver);
    return id === undefined ? undefined : this.caseOf(id);
  }

  #noteEvents(events: readonly TunnelEvent[], now: Moment): void {
    for (const event of events) {
      const peer = 'peer' in event ? this.caseOf(event.peer) : undefined;
      if (peer !== undefined) this.#noteEvent(peer, event, now);
    }
  }

  #noteEvent(peer: PeerCase, event: TunnelEvent, now: Moment): void {
    if (event.kind === 'handshake-sent') peer.initiationsSent += 1;
    if (event.kind === 'handshake-answered') {
      peer.answered += 1;
      peer.answeredAfter ??= this.secondsSince(now);
    }
    if (event.kind === 'cookie-received') peer.cookies += 1;
    if (event.kind !== 'handshake-completed') return;
    peer.handshakeAfter ??= this.secondsSince(now);
    if (event.role === 'initiator') peer.wasUnderstood('initiation');
  }
}
