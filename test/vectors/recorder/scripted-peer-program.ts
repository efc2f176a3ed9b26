/**
 * The scripted end of a recording. `<file with an order in JSON>`, in the peer's network namespace;
 * prints `listening`, and at the end the transcript as one line of JSON.
 *
 *     daemon  signature packets, junk, initiation  -->
 *             <-- response                              session 0, in which the daemon pings twice
 *             <-- packets, junk, initiation
 *     daemon  response -->                              session 1, in which the peer pings
 *             <-- a stranger's initiation, many times
 *     daemon  cookie replies -->
 *             <-- initiation
 *     daemon  cookie reply -->
 *             <-- initiation with mac2
 *     daemon  response -->                              session 2, in which the peer pings
 */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { nodeCrypto } from '../../../src/crypto/node-crypto.ts';
import { toHex } from '../../../src/protocol/bytes.ts';
import { mac1KeyOf } from '../../../src/protocol/cookie/mac-keys.ts';
import { MacStamper } from '../../../src/protocol/cookie/mac-stamper.ts';
import type { X25519Keypair } from '../../../src/protocol/crypto.ts';
import type { ReceiverIndex } from '../../../src/protocol/engine-port.ts';
import type { PendingInitiation, TransportKeys } from '../../../src/protocol/noise/handshake.ts';
import {
  consumeInitiation,
  consumeResponse,
  createInitiation,
  createResponse,
  remoteStaticOf,
} from '../../../src/protocol/noise/handshake.ts';
import { disguise } from '../../../src/protocol/obfuscation/disguise.ts';
import { maskMessage } from '../../../src/protocol/obfuscation/header-protection.ts';
import { Prelude } from '../../../src/protocol/obfuscation/prelude.ts';
import type { MessageShape } from '../../../src/protocol/obfuscation/profile.ts';
import { draw } from '../../../src/protocol/range.ts';
import type { Instant, Moment } from '../../../src/protocol/time.ts';
import { echoPacket, parsePacket } from '../../../src/testing/packets.ts';
import { SeededRandom } from '../../../src/testing/seeded-random.ts';
import type { Candidate } from '../../support/handshake-reader.ts';
import { HandshakeReader } from '../../support/handshake-reader.ts';
import { profileOf } from '../../support/profile-of.ts';
import { hex } from '../derived-values.ts';
import { sealTransport } from '../transport-crypto.ts';
import type { PeerOrder } from './scenario.ts';
import { KEYS, TUNNEL } from './scenario.ts';
import { Transcript } from './transcript.ts';

const PATIENCE_MS = 5000;
/** Before each thing that the script begins, so that nothing of the last one is still under way. */
const PAUSE_MS = 300;
const BURST = 700;
const FIRST_INDEX = 0x01020304;
/** 14 November 2023, in the past of every clock, and a second later each time. */
const FIRST_TIMESTAMP = 0x6553f10a;
const PADDING_MULTIPLE = 16;

interface Session extends TransportKeys {
  readonly remoteIndex: ReceiverIndex;
}

class ScriptedPeer {
  readonly #order: PeerOrder;
  readonly #crypto = nodeCrypto();
  readonly #random = new SeededRandom(0x415747);
  readonly #self = this.#crypto.loadPrivateKey(hex(KEYS.peerStatic));
  readonly #daemon = this.#crypto.loadPrivateKey(hex(KEYS.daemonStatic));
  readonly #stamper = new MacStamper(this.#crypto, this.#daemon.publicKey);
  readonly #profile;
  readonly #reader: HandshakeReader;
  readonly #prelude = new Prelude();
  readonly #socket = createSocket('udp4');
  readonly transcript: Transcript;
  /** BOUNDED by the length of the script. */
  readonly #inbox: Buffer[] = [];
  #ephemerals = 0;
  #index = FIRST_INDEX;
  #counter = 0;

  constructor(order: PeerOrder) {
    this.#order = order;
    this.#profile = profileOf(order.scenario.obfuscation);
    this.#reader = new HandshakeReader(this.#crypto, this.#profile);
    this.transcript = new Transcript(this.#crypto, this.#profile);
  }

  async open(): Promise<void> {
    const { peer, daemon } = this.#order;
    this.#socket.on('message', (datagram: Buffer) => this.#inbox.push(datagram));
    this.#socket.bind(peer.port, peer.address);
    await once(this.#socket, 'listening');
    this.#socket.connect(daemon.port, daemon.address);
    await once(this.#socket, 'connect');
  }

  async play(): Promise<void> {
    const first = await this.#answerInitiation();
    await this.#answerPings(first, 2);
    await sleep(PAUSE_MS);
    await this.#ping(await this.#initiate());
    await sleep(PAUSE_MS);
    await this.#forceCookies();
    this.#sendInitiation('initiation without mac2, daemon under load');
    this.#takeCookie(await this.#receive('cookie-reply'));
    await sleep(PAUSE_MS);
    await this.#ping(await this.#finish(this.#sendInitiation('initiation with mac2')));
    this.#socket.close();
  }

  async #answerInitiation(): Promise<Session> {
    const { message } = await this.#receive('initiation');
    const remote = remoteStaticOf(this.#crypto, this.#self, this.#daemon.publicKey);
    const consumed = consumeInitiation(this.#crypto, this.#self, message, () => remote);
    if (consumed.kind !== 'accepted') throw new Error(`the initiation is refused: ${consumed.reason}`);
    const own = this.#nextEphemeral();
    const sender = this.#nextIndex();
    const fields = { type: draw(this.#profile.response.header, this.#random), sender, ephemeral: own.keypair };
    const answer = createResponse(this.#crypto, consumed.pending, hex(KEYS.presharedKey), fields);
    if (answer === undefined) throw new Error('no response can be made');
    this.#stamp(answer.message);
    this.#addSession(sender, consumed.sender, answer.keys);
    const datagram = this.#wrap(this.#profile.response, answer.message);
    this.#send('response', datagram, { what: 'response', ephemeralPrivate: own.text });
    return { ...answer.keys, remoteIndex: consumed.sender };
  }

  async #answerPings(session: Session, count: number): Promise<void> {
    for (let left = count; left > 0; left -= 1) {
      const { segment, payload } = parsePacket(await this.#receiveTransport('ICMP echo request'));
      const view = new DataView(segment.buffer, segment.byteOffset);
      const fields = { identifier: view.getUint16(4), sequence: view.getUint16(6), payload, reply: true };
      const flow = { source: TUNNEL.peerAddress, destination: TUNNEL.daemonAddress };
      this.#sendTransport(session, echoPacket({ ...flow, ...fields }), 'ICMP echo reply');
    }
  }

  async #ping(session: Session): Promise<void> {
    const flow = { source: TUNNEL.peerAddress, destination: TUNNEL.daemonAddress };
    const packet = echoPacket({ ...flow, payload: Buffer.from('recorded') });
    this.#counter = 0;
    this.#sendTransport(session, new Uint8Array(0), 'keepalive');
    this.#sendTransport(session, packet, 'ICMP echo request');
    await this.#receiveTransport('ICMP echo reply');
  }

  async #initiate(): Promise<Session> {
    const now: Moment = { at: 0 as Instant, wall: Date.now() as Moment['wall'] };
    const packets = this.#profile.signatures.length;
    for (const [index, datagram] of this.#prelude.build(this.#profile, this.#random, now).entries())
      this.#send(index < packets ? 'ipacket' : 'junk', datagram);
    return this.#finish(this.#sendInitiation('initiation'));
  }

  #sendInitiation(what: string): PendingInitiation {
    const own = this.#nextEphemeral();
    const timestamp = hex(`40000000${(FIRST_TIMESTAMP + this.#ephemerals).toString(16)}0e000000`);
    const { message, pending } = this.#createInitiation(this.#self, this.#nextIndex(), timestamp, own.keypair);
    const facts = { what, ephemeralPrivate: own.text, timestamp: toHex(timestamp) };
    this.#send('initiation', this.#wrap(this.#profile.initiation, message), facts);
    return pending;
  }

  async #finish(pending: PendingInitiation): Promise<Session> {
    const { message } = await this.#receive('response');
    const finished = consumeResponse(this.#crypto, this.#self, pending, hex(KEYS.presharedKey), message);
    if (finished === undefined) throw new Error('the response is refused');
    this.#addSession(pending.sender, finished.sender, finished.keys);
    return { ...finished.keys, remoteIndex: finished.sender };
  }

  /** Somebody whom the daemon does not know, faster than it can look. */
  async #forceCookies(): Promise<void> {
    const stranger = this.#crypto.loadPrivateKey(hex(KEYS.strangerStatic));
    const created = this.#createInitiation(stranger, 0x0c0ffee0 as ReceiverIndex, new Uint8Array(12), undefined);
    const datagram = this.#wrap(this.#profile.initiation, created.message);
    for (let left = BURST; left > 1; left -= 1) this.#socket.send(datagram);
    const what = 'valid mac1, unknown peer; sent many times';
    this.#send('initiation', datagram, { what, repeat: BURST, expect: 'cookie replies' });
    await this.#receive('cookie-reply');
    await sleep(PAUSE_MS);
    this.#inbox.length = 0;
  }

  #createInitiation(
    from: X25519Keypair,
    sender: ReceiverIndex,
    timestamp: Uint8Array,
    ephemeral: X25519Keypair | undefined,
  ): { message: Uint8Array; pending: PendingInitiation } {
    const type = draw(this.#profile.initiation.header, this.#random);
    const fields = { type, sender, timestamp, ...(ephemeral === undefined ? {} : { ephemeral }) };
    const remote = remoteStaticOf(this.#crypto, from, this.#daemon.publicKey);
    const created = createInitiation(this.#crypto, from, remote, fields);
    if (created === undefined) throw new Error('no initiation can be made');
    this.#stamp(created.message);
    return created;
  }

  #takeCookie({ message }: Candidate): void {
    if (!this.#stamper.consumeReply(message, this.#now())) throw new Error('the cookie is refused');
  }

  /** Reads until a handshake message of that type comes, and takes down what comes before it. */
  async #receive(type: Candidate['type']): Promise<Candidate> {
    const mac1Key = mac1KeyOf(this.#crypto, this.#self.publicKey);
    for (let before = 0; ; before += 1) {
      const datagram = await this.#next();
      const candidate = this.#reader.read(datagram, mac1Key);
      if (candidate === undefined) {
        this.transcript.add('daemon', before < this.#profile.signatures.length ? 'ipacket' : 'junk', datagram);
        continue;
      }
      if (candidate.type !== type) throw new Error(`${candidate.type} instead of ${type}`);
      this.transcript.add('daemon', type === 'cookie-reply' ? 'cookie' : type, datagram);
      return candidate;
    }
  }

  /** Passes over keepalives, which are empty or zero. */
  async #receiveTransport(what: string): Promise<Uint8Array> {
    for (;;) {
      const datagram = await this.#next();
      this.transcript.add('daemon', 'transport', datagram, { what });
      const plaintext = hex(this.transcript.datagrams.at(-1)?.plaintext ?? '');
      if (plaintext.length > 0 && plaintext[0] !== 0) return plaintext.subarray(0, parsePacket(plaintext).totalBytes);
    }
  }

  #sendTransport(session: Session, packet: Uint8Array, what: string): void {
    const { header, prefix } = this.#profile.transport;
    const plaintext = new Uint8Array(Math.ceil(packet.length / PADDING_MULTIPLE) * PADDING_MULTIPLE);
    plaintext.set(packet);
    const fields = { type: draw(header, this.#random), receiver: session.remoteIndex, counter: this.#counter };
    this.#counter += 1;
    const message = sealTransport(session.sendKey, fields, plaintext);
    const lead = this.#random.fill(new Uint8Array(prefix));
    const masked = maskMessage(this.#crypto, this.#profile.headerProtection, lead, message.subarray(0, 16));
    this.#send('transport', Buffer.concat([lead, masked, message.subarray(16)]), { what });
  }

  #wrap(shape: MessageShape, message: Uint8Array): Uint8Array {
    return disguise(this.#profile, shape, message, this.#crypto, this.#random);
  }

  #send(...[kind, datagram, facts]: SentDatagram): void {
    this.#socket.send(datagram);
    this.transcript.add('peer', kind, datagram, facts);
  }

  #stamp(message: Uint8Array): void {
    this.#stamper.stamp(message, this.#now());
  }

  #addSession(peerIndex: ReceiverIndex, daemonIndex: ReceiverIndex, keys: TransportKeys): void {
    const [peerSendKey, daemonSendKey] = [toHex(keys.sendKey), toHex(keys.receiveKey)];
    this.transcript.addSession({ peerIndex, daemonIndex, peerSendKey, daemonSendKey });
  }

  async #next(): Promise<Buffer> {
    for (const deadline = performance.now() + PATIENCE_MS; performance.now() < deadline; await sleep(2)) {
      const datagram = this.#inbox.shift();
      if (datagram !== undefined) return datagram;
    }
    throw new Error(`the daemon is silent after ${JSON.stringify(this.transcript.datagrams.at(-1))}`);
  }

  #nextEphemeral(): { readonly text: string; readonly keypair: X25519Keypair } {
    const text = KEYS.peerEphemerals[this.#ephemerals] ?? '';
    this.#ephemerals += 1;
    return { text, keypair: this.#crypto.loadPrivateKey(hex(text)) };
  }

  #nextIndex(): ReceiverIndex {
    this.#index += 1;
    return (this.#index - 1) as ReceiverIndex;
  }

  #now(): Instant {
    return performance.now() as Instant;
  }
}

type SentDatagram = [
  kind: Parameters<Transcript['add']>[1],
  datagram: Uint8Array,
  facts?: NonNullable<Parameters<Transcript['add']>[3]>,
];

const peer = new ScriptedPeer(JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as PeerOrder);
await peer.open();
process.stdout.write('listening\n');
await peer.play();
const { datagrams, sessions } = peer.transcript;
process.stdout.write(`${JSON.stringify({ sessions, datagrams })}\n`);
