import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nodeCrypto } from '../../src/crypto/node-crypto.ts';
import { SystemRandom } from '../../src/crypto/system-random.ts';
import { toHex } from '../../src/protocol/bytes.ts';
import { MacChecker } from '../../src/protocol/cookie/mac-checker.ts';
import { hex } from './derived-values.ts';
import { loadRecording, RECORDINGS } from './recording.ts';
import { answerInitiation, castOf, consume, InitiatorReplay, messageOf } from './replay.ts';
import { openTransport } from './transport-crypto.ts';

const crypto = nodeCrypto();

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
      const opened = openTransport(hex(from === 'peer' ? peerSendKey : daemonSendKey), hex(message));
      assert.deepEqual({ ...opened, plaintext: toHex(opened.plaintext) }, { counter, plaintext }, `datagram ${n}`);
    }
  });
}
