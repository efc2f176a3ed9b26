/**
 * Sessions recorded with a release of each generation: the daemon initiates, then the scripted peer,
 * without and with a cookie. Our core takes the place of whoever's ephemeral keys are in the file.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nodeCrypto } from '../../src/crypto/node-crypto.ts';
import { toHex } from '../../src/protocol/bytes.ts';
import { mac1KeyOf } from '../../src/protocol/cookie/mac-keys.ts';
import { MacStamper } from '../../src/protocol/cookie/mac-stamper.ts';
import type { ReceiverIndex } from '../../src/protocol/engine-port.ts';
import { consumeInitiation, createResponse, remoteStaticOf } from '../../src/protocol/noise/handshake.ts';
import type { Instant } from '../../src/protocol/time.ts';
import { mac1Input, mac1Of } from '../../src/protocol/wire/macs.ts';
import { hex } from './derived-values.ts';
import { recordedProfile } from './recorded-profile.ts';
import type { RecordedDatagram, Recording } from './recording.ts';
import { loadRecording, SESSION_RECORDINGS } from './recording.ts';
import type { Cast } from './replay.ts';
import { answerInitiation, castOf, InitiatorReplay, messageOf } from './replay.ts';
import { openTransport } from './transport-crypto.ts';

const crypto = nodeCrypto();

function only(datagrams: readonly RecordedDatagram[], from: RecordedDatagram['from'], kind: string): RecordedDatagram {
  const [first] = datagrams.filter((each) => each.from === from && each.kind === kind);
  assert.ok(first !== undefined, `no ${kind} of the ${from}`);
  return first;
}

/** Makes the response of the recording again from the daemon's initiation, and arrives at its keys. */
function respondToDaemon({ recording, peer, daemon, presharedKey }: Cast): void {
  const { datagrams, sessions } = recording;
  const initiation = messageOf(only(datagrams, 'daemon', 'initiation'));
  const mac1Key = mac1KeyOf(crypto, peer.publicKey);
  assert.deepEqual(crypto.mac(mac1Key, mac1Input(initiation)), mac1Of(initiation));
  const remote = remoteStaticOf(crypto, peer, daemon.publicKey);
  const consumed = consumeInitiation(crypto, peer, initiation, () => remote);
  assert.ok(consumed.kind === 'accepted');
  assert.deepEqual(consumed.publicKey, daemon.publicKey);

  const recorded = only(datagrams, 'peer', 'response');
  const answer = createResponse(crypto, consumed.pending, presharedKey, {
    type: recorded.type as number,
    sender: recorded.sender as ReceiverIndex,
    ephemeral: crypto.loadPrivateKey(hex(recorded.ephemeralPrivate ?? '')),
  });
  assert.ok(answer !== undefined);
  new MacStamper(crypto, daemon.publicKey).stamp(answer.message, 0 as Instant);
  assert.equal(toHex(answer.message), recorded.message);
  const { peerIndex, daemonIndex, peerSendKey, daemonSendKey } = sessions[0];
  assert.deepEqual([consumed.sender, recorded.sender], [daemonIndex, peerIndex]);
  assert.equal(toHex(answer.keys.sendKey), peerSendKey);
  assert.equal(toHex(answer.keys.receiveKey), daemonSendKey);
}

/** What one end sends before its first initiation, held against what our profile says of it. */
function assertPrelude(recording: Recording, from: RecordedDatagram['from']): void {
  const { signatures, junk } = recordedProfile(recording);
  const sent = recording.datagrams.filter((each) => each.from === from && /^(ipacket|junk|init)/.test(each.kind));
  const before = sent.slice(
    0,
    sent.findIndex(({ kind }) => kind === 'initiation'),
  );
  const kinds = before.map(({ kind }) => kind);
  assert.deepEqual(kinds, [...signatures.map(() => 'ipacket'), ...Array.from({ length: junk.count }, () => 'junk')]);
  for (const [index, { bytes, text }] of signatures.entries()) {
    const datagram = before[index].hex;
    const [, literal = ''] = /<b 0x([\da-f]+)>/.exec(text) ?? [];
    assert.equal(datagram.length, 2 * bytes, text);
    assert.ok(text.startsWith('<b') ? datagram.startsWith(literal) : literal === '', text);
  }
  for (const { hex: datagram } of before.slice(signatures.length)) {
    const bytes = datagram.length / 2;
    assert.ok(bytes >= junk.minimum && bytes <= junk.maximum);
  }
}

for (const name of SESSION_RECORDINGS) {
  const recording = loadRecording(name);
  const cast = castOf(recording);
  const { datagrams, sessions } = recording;

  test(`${name}: in the place of the responder, the same response, byte for byte, and the same keys`, () => {
    respondToDaemon(cast);
  });

  test(`${name}: in the place of the initiator, the same initiations, the daemon's responses, its cookie`, () => {
    const replay = new InitiatorReplay(cast);
    const begin = datagrams.findIndex(({ from, kind }) => from === 'peer' && kind === 'initiation');
    for (const datagram of datagrams.slice(begin)) replay.play(datagram);
    assert.equal(replay.finished, 2);
    assert.equal(replay.cookies, 1);
  });

  test(`${name}: in the place of the daemon, every initiation is understood and answered`, () => {
    const initiations = datagrams.filter((each) => each.kind === 'initiation' && each.ephemeralPrivate !== undefined);
    assert.equal(initiations.length, 3);
    for (const datagram of initiations) answerInitiation(cast, datagram);
  });

  test(`${name}: signature packets and junk are what the parameters say`, () => {
    assertPrelude(recording, 'daemon');
    assertPrelude(recording, 'peer');
  });

  test(`${name}: every transport message opens, and holds what was sent`, () => {
    const transports = datagrams.filter(({ kind }) => kind === 'transport');
    assert.ok(transports.length >= 10);
    for (const datagram of transports) {
      const { peerSendKey, daemonSendKey } = sessions[datagram.session as number];
      const opened = openTransport(hex(datagram.from === 'peer' ? peerSendKey : daemonSendKey), messageOf(datagram));
      assert.equal(toHex(opened.plaintext), datagram.plaintext);
      if (datagram.what !== 'keepalive') assert.equal(opened.plaintext[0], 0x45, `datagram ${datagram.n}`);
    }
  });
}
