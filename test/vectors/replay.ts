/** Recorded handshakes played again with our core in the place of either end. */
import assert from 'node:assert/strict';
import { nodeCrypto } from '../../src/crypto/node-crypto.ts';
import { equalBytes, toHex } from '../../src/protocol/bytes.ts';
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
import { hex } from './derived-values.ts';
import type { RecordedDatagram, RecordedSession, Recording } from './recording.ts';

const crypto = nodeCrypto();

/** Both ends of a recording. */
export interface Cast {
  readonly recording: Recording;
  readonly daemon: X25519Keypair;
  readonly peer: X25519Keypair;
  readonly presharedKey: Uint8Array;
}

export function castOf(recording: Recording): Cast {
  const { daemon, peer, presharedKey } = recording.keys;
  return {
    recording,
    daemon: crypto.loadPrivateKey(hex(daemon.staticPrivate)),
    peer: crypto.loadPrivateKey(hex(peer.staticPrivate)),
    presharedKey: hex(presharedKey),
  };
}

export const messageOf = (datagram: RecordedDatagram): Uint8Array => hex(datagram.message ?? '');
const instantOf = (datagram: RecordedDatagram): Instant => datagram.ms as Instant;

function sessionOf({ recording }: Cast, datagram: RecordedDatagram): RecordedSession {
  const session = recording.sessions.find(({ peerIndex }) => peerIndex === datagram.receiver);
  assert.ok(session !== undefined);
  return session;
}

/** The initiator's side, one method per kind of datagram. */
export class InitiatorReplay {
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

export function consume({ daemon, peer }: Cast, message: Uint8Array): ConsumedInitiation {
  return consumeInitiation(crypto, daemon, message, (publicKey) =>
    equalBytes(publicKey, peer.publicKey) ? remoteStaticOf(crypto, daemon, publicKey) : undefined,
  );
}

/** What the daemon makes of an initiation, and the peer of our answer to it. */
export function answerInitiation(cast: Cast, datagram: RecordedDatagram): void {
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
