import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nodeCrypto } from '../../src/crypto/node-crypto.ts';
import { toHex } from '../../src/protocol/bytes.ts';
import { mac1KeyOf } from '../../src/protocol/cookie/mac-keys.ts';
import type { HandshakeKind } from '../../src/protocol/engine-port.ts';
import { disguise } from '../../src/protocol/obfuscation/disguise.ts';
import type { MessageShape, Profile } from '../../src/protocol/obfuscation/profile.ts';
import type { Random } from '../../src/protocol/random.ts';
import { HandshakeReader } from '../support/handshake-reader.ts';
import { hex } from './derived-values.ts';
import { recordedProfile } from './recorded-profile.ts';
import type { RecordedDatagram } from './recording.ts';
import { loadRecording, RECORDINGS, SESSION_RECORDINGS } from './recording.ts';

const crypto = nodeCrypto();

const KINDS: Readonly<Record<string, HandshakeKind>> = {
  initiation: 'initiation',
  response: 'response',
  cookie: 'cookie-reply',
};

const isHandshake = ({ kind }: RecordedDatagram): boolean => KINDS[kind] !== undefined;

/** Handshake datagrams that the scripted peer spoilt on purpose. */
const isSpoilt = ({ what = '' }: RecordedDatagram): boolean =>
  /^(mac1 |type outside|prefix |no prefix|trailer of)/.test(what);

function shapeOf(profile: Profile, kind: string): MessageShape {
  if (kind === 'initiation') return profile.initiation;
  return kind === 'response' ? profile.response : profile.cookieReply;
}

/** What the sender drew: prefix, number of trailer bytes, trailer. */
function drawsOf({ prefix = '', trailer = '' }: RecordedDatagram): Random {
  const fills = [prefix, trailer].map(hex);
  return {
    fill: (target) => {
      const next = fills.shift();
      assert.equal(next?.length, target.length);
      target.set(next);
      return target;
    },
    uint32: () => trailer.length / 2,
  };
}

for (const name of [...RECORDINGS, ...SESSION_RECORDINGS]) {
  const recording = loadRecording(name);
  const profile = recordedProfile(recording);
  const reader = new HandshakeReader(crypto, profile);
  const handshakes = recording.datagrams.filter(isHandshake);
  const mac1KeyOfReceiver = ({ from }: RecordedDatagram): Uint8Array => {
    const { daemon, peer } = recording.keys;
    return mac1KeyOf(crypto, hex(from === 'peer' ? daemon.staticPublic : peer.staticPublic));
  };

  test(`${name}: every handshake message is read from its datagram`, () => {
    const sound = handshakes.filter((datagram) => !isSpoilt(datagram));
    assert.ok(sound.length >= 10);
    for (const datagram of sound) {
      const candidate = reader.read(hex(datagram.hex), mac1KeyOfReceiver(datagram));
      assert.equal(candidate?.type, KINDS[datagram.kind], `datagram ${datagram.n}`);
      if (datagram.message !== undefined) assert.equal(toHex(candidate.message), datagram.message);
    }
  });

  test(`${name}: what the daemon made nothing of is nothing to us either`, () => {
    const spoilt = recording.datagrams.filter(
      (each) => isSpoilt(each) || each.kind === 'junk' || each.kind === 'ipacket',
    );
    assert.ok(spoilt.length >= 4);
    for (const datagram of spoilt) {
      assert.equal(reader.read(hex(datagram.hex), mac1KeyOfReceiver(datagram)), undefined, `datagram ${datagram.n}`);
    }
  });

  test(`${name}: with the same draws every handshake message becomes the same datagram`, () => {
    const complete = handshakes.filter((each) => each.message !== undefined && !isSpoilt(each));
    assert.ok(complete.length >= 10);
    for (const datagram of complete) {
      const message = hex(datagram.message ?? '');
      const made = disguise(profile, shapeOf(profile, datagram.kind), message, crypto, drawsOf(datagram));
      assert.equal(toHex(made), datagram.hex, `datagram ${datagram.n}`);
    }
  });
}
