import assert from 'node:assert/strict';
import { createDecipheriv } from 'node:crypto';
import { test } from 'node:test';
import { nodeCrypto } from '../../src/crypto/node-crypto.ts';
import { SystemRandom } from '../../src/crypto/system-random.ts';
import { equalBytes, toHex, writeUint32 } from '../../src/protocol/bytes.ts';
import { MacChecker } from '../../src/protocol/cookie/mac-checker.ts';
import { MacStamper } from '../../src/protocol/cookie/mac-stamper.ts';
import type { X25519Keypair } from '../../src/protocol/crypto.ts';
import type { ReceiverIndex } from '../../src/protocol/engine-port.ts';
import type { ConsumedInitiation, PendingInitiation } from '../../src/protocol/noise/handshake.ts';
import {
  consumeInitiation,
  consumeResponse,
  createInitiation,
  createResponse,
  remoteStaticOf,
} from '../../src/protocol/noise/handshake.ts';
import type { Instant } from '../../src/protocol/time.ts';
import { parseTransport } from '../../src/protocol/wire/transport.ts';
import { hex } from './derived-values.ts';
import type { RecordedDatagram, RecordedSession, Recording } from './recording.ts';
import { loadRecording, RECORDINGS } from './recording.ts';

const crypto = nodeCrypto();

/** Both ends of a recording. The daemon plays the responder, the scripted peer the initiator. */
interface Cast {
  readonly recording: Recording;
  readonly daemon: X25519Keypair;
  readonly peer: X25519Keypair;
  readonly presharedKey: Uint8Array;
}

function castOf(recording: Recording): Cast {
  const { daemon, peer, presharedKey } = recording.keys;
  return {
    recording,
    daemon: crypto.loadPrivateKey(hex(daemon.staticPrivate)),
    peer: crypto.loadPrivateKey(hex(peer.staticPrivate)),
    presharedKey: hex(presharedKey),
  };
}

const messageOf = (datagram: RecordedDatagram): Uint8Array => hex(datagram.message ?? '');
const instantOf = (datagram: RecordedDatagram): Instant => datagram.ms as Instant;

function sessionOf({ recording }: Cast, datagram: RecordedDatagram): RecordedSession {
  const session = recording.sessions.find(({ peerIndex }) => peerIndex === datagram.receiver);
  assert.ok(session !== undefined);
  return session;
}

/** The initiator's side, one method per kind of datagram. */
class InitiatorReplay {
  readonly #cast: Cast;
  readonly #stamper: MacStamper;
  readonly #pending = new Map<number, PendingInitiation>();
  finished = 0;
  cookies = 0;

  constructor(cast: Cast) {
    this.#cast = cast;
    this.#stamper = new MacStamper(crypto, cast.daemon.publicKey);
  }

  /** Makes the same initiation again, byte for byte, with the same mac1 and mac2. */
  initiation(datagram: RecordedDatagram): void {
    const { daemon, peer } = this.#cast;
    const created = createInitiation(crypto, peer, remoteStaticOf(crypto, peer, daemon.publicKey), {
      type: datagram.type as number,
      sender: datagram.sender as ReceiverIndex,
      timestamp: hex(datagram.timestamp ?? ''),
      ephemeral: crypto.loadPrivateKey(hex(datagram.ephemeralPrivate ?? '')),
    });
    assert.ok(created !== undefined);
    this.#stamper.stamp(created.message, instantOf(datagram));
    assert.equal(toHex(created.message), datagram.message);
    this.#pending.set(created.pending.sender, created.pending);
  }

  /** Takes the daemon's answer and arrives at the recorded keys. */
  response(datagram: RecordedDatagram): void {
    const { peer, presharedKey } = this.#cast;
    const pending = this.#pending.get(datagram.receiver as number);
    assert.ok(pending !== undefined);
    const session = sessionOf(this.#cast, datagram);
    const finished = consumeResponse(crypto, peer, pending, presharedKey, messageOf(datagram));
    assert.ok(finished !== undefined);
    assert.equal(finished.sender, session.daemonIndex);
    assert.equal(toHex(finished.keys.sendKey), session.peerSendKey);
    assert.equal(toHex(finished.keys.receiveKey), session.daemonSendKey);
    this.finished += 1;
  }

  /** Believes only the cookie reply that answers its own last message. */
  cookie(datagram: RecordedDatagram): void {
    const isOurs = this.#pending.has(datagram.receiver as number);
    assert.equal(this.#stamper.consumeReply(messageOf(datagram), instantOf(datagram)), isOurs);
    if (isOurs) this.cookies += 1;
  }

  play(datagram: RecordedDatagram): void {
    if (datagram.ephemeralPrivate !== undefined) this.initiation(datagram);
    else if (datagram.kind === 'response') this.response(datagram);
    else if (datagram.kind === 'cookie') this.cookie(datagram);
  }
}

function consume({ daemon, peer }: Cast, message: Uint8Array): ConsumedInitiation {
  return consumeInitiation(crypto, daemon, message, (publicKey) =>
    equalBytes(publicKey, peer.publicKey) ? remoteStaticOf(crypto, daemon, publicKey) : undefined,
  );
}

/** What the daemon makes of an initiation, and the peer of our answer to it. */
function answerInitiation(cast: Cast, datagram: RecordedDatagram): void {
  const consumed = consume(cast, messageOf(datagram));
  assert.ok(consumed.kind === 'accepted');
  assert.deepEqual(consumed.publicKey, cast.peer.publicKey);
  assert.equal(toHex(consumed.timestamp), datagram.timestamp);
  assert.equal(consumed.sender, datagram.sender);

  const fields = { type: 2, sender: 7 as ReceiverIndex };
  const answer = createResponse(crypto, consumed.pending, cast.presharedKey, fields);
  const { pending } = createInitiation(crypto, cast.peer, remoteStaticOf(crypto, cast.peer, cast.daemon.publicKey), {
    type: datagram.type as number,
    sender: datagram.sender as ReceiverIndex,
    timestamp: consumed.timestamp,
    ephemeral: crypto.loadPrivateKey(hex(datagram.ephemeralPrivate ?? '')),
  }) as { pending: PendingInitiation };
  assert.ok(answer !== undefined);
  const finished = consumeResponse(crypto, cast.peer, pending, cast.presharedKey, answer.message);
  assert.deepEqual(finished?.keys, { sendKey: answer.keys.receiveKey, receiveKey: answer.keys.sendKey });
}

function openTransport(key: string, message: Uint8Array): { counter: number; plaintext: string } {
  const transport = parseTransport(message);
  assert.ok(transport !== undefined);
  const nonce = new Uint8Array(12);
  writeUint32(nonce, 4, transport.counter.low);
  writeUint32(nonce, 8, transport.counter.high);
  const tagAt = transport.encryptedPacket.length - 16;
  const decipher = createDecipheriv('chacha20-poly1305', hex(key), nonce, { authTagLength: 16 });
  decipher.setAuthTag(transport.encryptedPacket.subarray(tagAt));
  const plaintext = Buffer.concat([decipher.update(transport.encryptedPacket.subarray(0, tagAt)), decipher.final()]);
  return { counter: transport.counter.low, plaintext: plaintext.toString('hex') };
}

for (const name of RECORDINGS) {
  const cast = castOf(loadRecording(name));
  const { datagrams } = cast.recording;

  test(`${name}: the recorded public keys belong to the recorded private keys`, () => {
    assert.equal(toHex(cast.daemon.publicKey), cast.recording.keys.daemon.staticPublic);
    assert.equal(toHex(cast.peer.publicKey), cast.recording.keys.peer.staticPublic);
  });

  test(`${name}: replayed as initiator, every byte and key is the same, cookie included`, () => {
    const replay = new InitiatorReplay(cast);
    for (const datagram of datagrams) replay.play(datagram);
    assert.equal(replay.finished, cast.recording.sessions.length);
    assert.equal(replay.cookies, 1);
  });

  test(`${name}: replayed as responder, every initiation is understood and answered`, () => {
    const initiations = datagrams.filter(({ ephemeralPrivate }) => ephemeralPrivate !== undefined);
    assert.equal(initiations.length, 4);
    for (const datagram of initiations) answerInitiation(cast, datagram);
  });

  test(`${name}: mac1 of what the daemon ignored or did not know`, () => {
    const checker = new MacChecker(crypto, new SystemRandom(), cast.daemon.publicKey);
    let forged = 0;
    let unknown = 0;
    for (const datagram of datagrams.filter((each) => each.kind === 'initiation' && each.message !== undefined)) {
      const message = messageOf(datagram);
      const isForged = datagram.what?.startsWith('mac1 ') === true;
      assert.equal(checker.hasValidMac1(message), !isForged, `datagram ${datagram.n}`);
      if (isForged) forged += 1;
      if (datagram.repeat === undefined) continue;
      assert.deepEqual(consume(cast, message), { kind: 'refused', reason: 'unknown-peer' });
      unknown += 1;
    }
    assert.ok(forged >= 1);
    assert.equal(unknown, 1);
  });

  test(`${name}: transport messages of both ends open with the keys of their session`, () => {
    const transports = datagrams.filter(({ kind, plaintext }) => kind === 'transport' && plaintext !== undefined);
    assert.ok(transports.length > 20);
    for (const { n, from, session, counter, plaintext, message = '' } of transports) {
      const { peerSendKey, daemonSendKey } = cast.recording.sessions[session as number];
      const opened = openTransport(from === 'peer' ? peerSendKey : daemonSendKey, hex(message));
      assert.deepEqual(opened, { counter, plaintext }, `datagram ${n}`);
    }
  });
}
