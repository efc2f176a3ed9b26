import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { nodeCrypto } from '../../crypto/node-crypto.ts';
import { openTransport, sealTransport } from '../../crypto/transport-aead.ts';
import { SeededRandom } from '../../testing/seeded-random.ts';
import { writeUint32 } from '../bytes.ts';
import { MacChecker } from '../cookie/mac-checker.ts';
import { cookieKeyOf, mac1KeyOf } from '../cookie/mac-keys.ts';
import { MacStamper } from '../cookie/mac-stamper.ts';
import type { ReceiverIndex } from '../engine-port.ts';
import { createInitiation, remoteStaticOf } from '../noise/handshake.ts';
import type { AwgParameters } from '../obfuscation/awg-parameters.ts';
import { disguise } from '../obfuscation/disguise.ts';
import { maskMessage } from '../obfuscation/header-protection.ts';
import { buildProfile } from '../obfuscation/parameters.ts';
import type { MessageShape, Profile } from '../obfuscation/profile.ts';
import { draw, exactly } from '../range.ts';
import { encode } from '../tai64n.ts';
import type { Instant, WallTime } from '../time.ts';
import { mac1Of } from '../wire/macs.ts';
import { encodeTransport } from '../wire/transport.ts';
import { Detective } from './detective.ts';
import type { Finding, Parameter } from './finding.ts';
import { TokenBucket } from './token-bucket.ts';

const crypto = nodeCrypto();
const random = new SeededRandom(1);
const NOW = 0 as Instant;
const me = crypto.loadPrivateKey(new Uint8Array(32).fill(1));
const peer = crypto.loadPrivateKey(new Uint8Array(32).fill(2));
const third = crypto.loadPrivateKey(new Uint8Array(32).fill(3));
const receiveKey = new Uint8Array(32).fill(4);
const SESSION = 0x1234_5678 as ReceiverIndex;

const KEY = Uint8Array.from({ length: 32 }, (_, index) => index);
const PLAIN: AwgParameters = {
  s1: 15,
  s2: 40,
  s3: 22,
  s4: 20,
  h1: { low: 0x1000_0000, high: 0x1fff_ffff },
  h2: exactly(500),
  h3: { low: 600, high: 900 },
  h4: { low: 100, high: 200 },
};
const profileOf = (changes: Partial<AwgParameters>): Profile => buildProfile({ ...PLAIN, ...changes }).profile;

/** A message of 92 bytes of no particular handshake: only its MACs are looked at. */
function response(type: number): Uint8Array {
  const message = random.fill(new Uint8Array(92));
  writeUint32(message, 0, type);
  return message;
}

function initiation(type: number, to: Uint8Array): Uint8Array {
  const sender = random.uint32() as ReceiverIndex;
  const fields = { type, sender, timestamp: encode(1_700_000_000_000 as WallTime) };
  const created = createInitiation(crypto, peer, remoteStaticOf(crypto, peer, to), fields);
  assert.ok(created);
  return created.message;
}

function stamped(message: Uint8Array, to: Uint8Array): Uint8Array {
  new MacStamper(crypto, to).stamp(message, NOW);
  return message;
}

const wrapped = (profile: Profile, shape: MessageShape, message: Uint8Array): Uint8Array =>
  disguise(profile, shape, message, crypto, random);

/** What the peer sends with this profile of its own, by the parameter that is about it. */
const SENDERS = {
  initiation: (profile: Profile, to = me.publicKey) =>
    wrapped(profile, profile.initiation, stamped(initiation(draw(profile.initiation.header, random), to), to)),
  response: (profile: Profile, to = me.publicKey) =>
    wrapped(profile, profile.response, stamped(response(draw(profile.response.header, random)), to)),
  'cookie-reply': (profile: Profile) => {
    const checker = new MacChecker(crypto, random, peer.publicKey);
    const from = { address: Uint8Array.of(10, 0, 0, 1), port: 1, scopeId: 0 };
    const reply = checker.createReply(sentMessage, draw(profile.cookieReply.header, random), from, NOW);
    return wrapped(profile, profile.cookieReply, reply);
  },
  transport: (profile: Profile) => {
    const counter = { high: 0, low: random.uint32() };
    const encryptedPacket = sealTransport(receiveKey, counter, random.fill(new Uint8Array(random.uint32() % 1400)));
    const type = draw(profile.transport.header, random);
    const message = encodeTransport({ type, receiver: SESSION, counter, encryptedPacket });
    const { prefix } = profile.transport;
    const datagram = random.fill(new Uint8Array(prefix + message.length));
    datagram.set(message, prefix);
    datagram.set(maskMessage(crypto, profile.headerProtection, datagram, message.subarray(0, 16)), prefix);
    return datagram;
  },
};

const sentMessage = stamped(initiation(0x1000_0000, peer.publicKey), peer.publicKey);
const sentIndex = new DataView(sentMessage.buffer).getUint32(4, true);

function detective(profile: Profile): Detective {
  return new Detective({
    crypto,
    openTransport,
    profile,
    mac1Key: mac1KeyOf(crypto, me.publicKey),
    otherKeys: [{ name: 'that of the third', mac1Key: mac1KeyOf(crypto, third.publicKey) }],
    live: {
      sentMessage: (index) =>
        index === sentIndex ? { mac1: mac1Of(sentMessage), cookieKey: cookieKeyOf(crypto, peer.publicKey) } : undefined,
      receiveKey: (index) => (index === SESSION ? receiveKey : undefined),
    },
  });
}

type Kind = keyof typeof SENDERS;

/** What our end, with `ours`, finds in a message of a peer with `theirs`. */
function findings(kind: Kind, ours: Partial<AwgParameters>, theirs: Partial<AwgParameters>): readonly Finding[] {
  const diagnosis = detective(profileOf(ours)).examine(SENDERS[kind](profileOf(theirs)));
  assert.equal(diagnosis?.outcome, 'revealed');
  assert.equal(diagnosis.wrapping.kind, kind);
  return diagnosis.findings;
}

const brief = (found: readonly Finding[]): [Parameter, string, string][] =>
  found.map(({ parameter, ours, theirs }) => [parameter, ours, theirs]);

const KINDS: readonly Kind[] = ['initiation', 'response', 'cookie-reply', 'transport'];
const PROTECTED = { headerProtectionKey: KEY };

const NAMES = {
  initiation: 'an initiation',
  response: 'a response',
  'cookie-reply': 'a cookie reply',
  transport: 'a transport message',
};

for (const kind of KINDS) {
  const number = KINDS.indexOf(kind) + 1;

  test(`${NAMES[kind]} in our own profile has nothing wrong with it, a hundred times`, () => {
    for (const changes of [{}, PROTECTED]) {
      for (let i = 0; i < 50; i += 1) assert.deepEqual(findings(kind, changes, changes), []);
    }
  });

  test(`${NAMES[kind]} shows its prefix, and its type`, () => {
    const [s, h] = [`s${number}`, `h${number}`];
    const prefix = PLAIN[s as 's1'] as number;
    const found = findings(kind, {}, { [s]: 133 });
    assert.deepEqual(brief(found), [[`S${number}`, `${prefix}`, '133']]);
    assert.equal(found[0]?.certainty, 'proven');
    const types = brief(findings(kind, {}, { [h]: exactly(7_000) }));
    assert.deepEqual(
      types.map(([parameter, , theirs]) => [parameter, theirs]),
      [[`H${number}`, '7000']],
    );
  });

  test(`${NAMES[kind]} shows that its sender has no header protection`, () => {
    assert.deepEqual(brief(findings(kind, PROTECTED, {})), [['HeaderProtectionKey', 'set', 'not set']]);
  });

  test(`${NAMES[kind]} shows its prefix under header protection`, () => {
    const [found] = brief(findings(kind, PROTECTED, { ...PROTECTED, [`s${number}`]: 77 }));
    assert.deepEqual(found?.slice(0, 1), [`S${number}`]);
    assert.equal(found?.[2], '77');
  });
}

test('a datagram is only read, whoever owns its memory', () => {
  for (const kind of KINDS) {
    const datagram = Buffer.from(SENDERS[kind](profileOf({})));
    const before = datagram.toString('hex');
    detective(profileOf(PROTECTED)).examine(datagram);
    assert.equal(datagram.toString('hex'), before);
  }
});

test('several parameters at once', () => {
  const found = brief(findings('initiation', PROTECTED, { s1: 99, h1: exactly(9) }));
  assert.deepEqual(found, [
    ['S1', '15', '99'],
    ['H1', '268435456-536870911', '9'],
    ['HeaderProtectionKey', 'set', 'not set'],
  ]);
});

test('trailers that we do not expect, with a prefix that we do not expect', () => {
  const found = brief(findings('response', {}, { randomTrailers: true, s2: 12 }));
  assert.deepEqual(found, [
    ['S2', '40', '12'],
    ['RandomTrailers', 'off', 'on'],
  ]);
});

test('trailers that we expect and do not get are a guess', () => {
  const [finding] = findings('initiation', { randomTrailers: true }, {});
  assert.deepEqual([finding?.parameter, finding?.theirs, finding?.certainty], ['RandomTrailers', 'off', 'likely']);
});

test('any prefix is found', () => {
  const property = fc.property(fc.constantFrom(...KINDS), fc.integer({ min: 12, max: 1_400 }), fc.boolean(), run);
  fc.assert(property, { numRuns: 60 });

  function run(kind: Kind, prefix: number, isProtected: boolean): void {
    const changes = isProtected ? PROTECTED : {};
    const key = `s${KINDS.indexOf(kind) + 1}`;
    const found = findings(kind, changes, { ...changes, [key]: prefix });
    const ours = PLAIN[key as 's1'];
    assert.deepEqual(
      found.map(({ theirs }) => theirs),
      prefix === ours ? [] : [`${prefix}`],
    );
  }
});

test('an initiation for somebody else in our shape: the sender has another public key, and perhaps we know whose', () => {
  for (const changes of [{}, PROTECTED]) {
    const profile = profileOf(changes);
    for (const [to, theirs] of [
      [peer.publicKey, 'another'],
      [third.publicKey, 'that of the third'],
    ] as const) {
      const diagnosis = detective(profile).examine(SENDERS.initiation(profile, to));
      assert.equal(diagnosis?.outcome, 'suspected');
      assert.deepEqual([diagnosis.finding.parameter, diagnosis.finding.theirs], ['PublicKey', theirs]);
      assert.equal(diagnosis.finding.certainty, 'proven');
    }
  }
});

test('an initiation under a key that we do not have is suspected by its length', () => {
  const other = { headerProtectionKey: new Uint8Array(32).fill(9) };
  for (const [ours, theirs] of [
    [{}, 'set'],
    [PROTECTED, 'another'],
  ] as const) {
    const diagnosis = detective(profileOf(ours)).examine(SENDERS.initiation(profileOf(other)));
    assert.equal(diagnosis?.outcome, 'suspected');
    const { parameter, certainty } = diagnosis.finding;
    assert.deepEqual([parameter, diagnosis.finding.theirs, certainty], ['HeaderProtectionKey', theirs, 'likely']);
  }
});

test('noise of every length is nothing, or a guess at the one length of an initiation', () => {
  for (const changes of [{}, PROTECTED]) {
    const subject = detective(profileOf(changes));
    for (let length = 0; length < 1_500; length += 1) {
      const diagnosis = subject.examine(random.fill(new Uint8Array(length)));
      assert.equal(diagnosis?.outcome, length === 15 + 148 ? 'suspected' : undefined);
    }
  }
});

test('what somebody makes up to cost us time costs little', () => {
  const counted = { macs: 0 };
  const counting = {
    ...crypto,
    mac: (...args: Parameters<typeof crypto.mac>) => {
      counted.macs += 1;
      return crypto.mac(...args);
    },
  };
  const subject = new Detective({
    crypto: counting,
    openTransport,
    profile: profileOf(PROTECTED),
    mac1Key: mac1KeyOf(crypto, me.publicKey),
    live: { sentMessage: () => undefined, receiveKey: () => undefined },
  });
  subject.examine(new Uint8Array(65_507));
  assert.ok(counted.macs > 0 && counted.macs <= 2 * 2 * 6 + 16, `${counted.macs} MACs`);
});

test('a token bucket lets a burst pass, then one at each interval', () => {
  const bucket = new TokenBucket(3, 10);
  const at = (instant: number): boolean => bucket.take(instant as Instant);
  assert.deepEqual([at(0), at(0), at(0), at(0)], [true, true, true, false]);
  assert.deepEqual([at(9), at(10), at(10)], [false, true, false]);
  assert.deepEqual([at(1_000), at(1_000), at(1_000), at(1_000)], [true, true, true, false]);
});
