import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nodeCrypto } from '../../crypto/node-crypto.ts';
import type { Endpoint } from '../../protocol/endpoint.ts';
import type { Instant, Moment, WallTime } from '../../protocol/time.ts';
import { endpoint } from '../../testing/addresses.ts';
import { SeededRandom } from '../../testing/seeded-random.ts';
import { parseConfig } from '../config/parse.ts';
import { Examination } from './examination.ts';
import { transportHypotheses } from './hypotheses.ts';
import type { PeerCase } from './peer-case.ts';

const crypto = nodeCrypto();
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
const HERE = crypto.loadPrivateKey(new Uint8Array(32).fill(1));
const THERE = crypto.loadPrivateKey(new Uint8Array(32).fill(2));
const PSK = base64(new Uint8Array(32).fill(3));
const HEADER_KEY = base64(new Uint8Array(32).fill(4));

const PROFILE: Readonly<Record<string, string>> = {
  S1: '31',
  S2: '47',
  S3: '22',
  S4: '12',
  H1: '100-199',
  H2: '200',
  H3: '300-399',
  H4: '400-499',
  Jc: '3',
  Jmin: '160',
  Jmax: '190',
};

type Keys = Readonly<Record<string, string>>;

function configLines(own: Uint8Array, peer: Uint8Array, inner: readonly [string, string], keys: Keys): string {
  const { PresharedKey = PSK, ...others } = keys;
  return [
    `[Interface]\nPrivateKey = ${base64(own)}\nAddress = ${inner[0]}/32`,
    ...Object.entries({ ...PROFILE, ...others }).map(([key, value]) => `${key} = ${value}`),
    `[Peer]\nPublicKey = ${base64(peer)}\nAllowedIPs = ${inner[1]}/32\nPresharedKey = ${PresharedKey}`,
  ].join('\n');
}

/** Two ends that examine each other, and a clock. */
class Consultation {
  readonly here: Examination;
  readonly there: Examination;
  readonly #places = { here: endpoint('10.0.0.1', 1), there: endpoint('10.0.0.2', 2) };
  #at = 1_000;
  /** Whether a datagram gets to the other end. */
  passesThere = (_datagram: Uint8Array): boolean => true;

  constructor(ours: Keys, theirs: Keys, peerOfThere = HERE.publicKey) {
    const random = new SeededRandom(7);
    const make = (name: 'here' | 'there', text: string): Examination =>
      new Examination(parseConfig(text, name), { crypto, random }, (_, data) => this.#carry(name, data), this.now());
    this.here = make('here', configLines(HERE.rawPrivateKey, THERE.publicKey, ['10.1.0.1', '10.1.0.2'], ours));
    this.there = make('there', configLines(THERE.rawPrivateKey, peerOfThere, ['10.1.0.2', '10.1.0.1'], theirs));
  }

  now(): Moment {
    return { at: this.#at as Instant, wall: (1_700_000_000_000 + this.#at) as WallTime };
  }

  get patient(): PeerCase {
    return onlyCase(this.here);
  }

  call(from: 'here' | 'there'): void {
    const end = this[from];
    const peer = onlyCase(end);
    end.tunnel.setEndpoint(peer.id, this.#places[from === 'here' ? 'there' : 'here']);
    end.settle(this.now());
    end.call(peer, this.now());
  }

  /** Six seconds on, which is enough for a repetition. */
  wait(): void {
    this.#at += 6_000;
    for (const end of [this.here, this.there]) end.handleTimeout(this.now());
  }

  #carry(from: 'here' | 'there', data: Uint8Array): void {
    const to = from === 'here' ? this.there : this.here;
    const source: Endpoint = this.#places[from];
    if (from === 'here' && !this.passesThere(data)) return;
    queueMicrotask(() => to.handleDatagram(data, source, this.now()));
  }
}

function onlyCase({ cases }: Examination): PeerCase {
  const only = cases.at(0);
  assert.ok(only !== undefined);
  return only;
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const brief = (examination: Examination): string[] =>
  [...examination.cases.map((each) => each.report()), ...examination.otherSources()].flatMap(({ findings }) =>
    findings.map(({ parameter, ours, theirs }) => `${parameter}: ${theirs}, not ${ours}`),
  );

test('two ends that agree: nothing differs, and everything that was seen is named', async () => {
  const pair = new Consultation({}, {});
  pair.call('here');
  await settled();
  assert.equal(pair.patient.state, 'works');
  assert.deepEqual([brief(pair.here), brief(pair.there)], [[], []]);
  assert.deepEqual(pair.patient.report().agreed, ['H1', 'H2', 'H4', 'S1', 'S2', 'S4']);
  assert.deepEqual(pair.there.otherSources(), [], 'the junk before its first message is not held against it');
});

const SEEN_BY_THE_CALLED: readonly [Keys, string][] = [
  [{ S1: '41' }, 'S1: 41, not 31'],
  [{ H1: '7' }, 'H1: 7, not 100-199'],
  [{ S4: '33' }, 'S4: 33, not 12'],
  [{ H4: '8' }, 'H4: 8, not 400-499'],
];

for (const [theirs, expected] of SEEN_BY_THE_CALLED) {
  test(`when the peer calls: ${expected}`, async () => {
    const pair = new Consultation({}, theirs);
    pair.call('there');
    await settled();
    assert.deepEqual(brief(pair.here), [expected]);
    assert.equal(pair.patient.state, 'works', 'the examination speaks as the peer does, and so goes on');
  });
}

for (const [theirs, expected] of [
  [{ S2: '57' }, 'S2: 57, not 47'],
  [{ H2: '9' }, 'H2: 9, not 200'],
  [{ S2: '57', H2: '9' }, 'S2: 57, not 47,H2: 9, not 200'],
  [{ PresharedKey: base64(new Uint8Array(32).fill(5)) }, 'PresharedKey: another, not set'],
  [{ PresharedKey: base64(new Uint8Array(32)) }, 'PresharedKey: not set, not set'],
] as const) {
  test(`when we call: ${expected}`, async () => {
    const pair = new Consultation({}, theirs);
    pair.call('here');
    await settled();
    assert.equal(brief(pair.here).join(), expected);
  });
}

test('a preshared key that only the peer has', async () => {
  const pair = new Consultation({ PresharedKey: base64(new Uint8Array(32)) }, {});
  pair.call('here');
  await settled();
  assert.deepEqual(brief(pair.here), ['PresharedKey: set, not not set']);
});

test('header protection here only, and both S1 and it', async () => {
  const pair = new Consultation({ HeaderProtectionKey: HEADER_KEY }, { S1: '40' });
  pair.call('there');
  await settled();
  assert.deepEqual(brief(pair.here), ['S1: 40, not 31', 'HeaderProtectionKey: not set, not set']);
  assert.equal(pair.patient.state, 'works');
});

test('header protection there only is a guess, made from the second initiation on', async () => {
  const pair = new Consultation({}, { HeaderProtectionKey: HEADER_KEY, Jc: '0' });
  pair.call('there');
  await settled();
  assert.deepEqual(brief(pair.here), []);
  pair.wait();
  await settled();
  assert.deepEqual(brief(pair.here), ['HeaderProtectionKey: set, not not set']);
});

test('a peer that takes another end for us', async () => {
  const pair = new Consultation({}, {}, crypto.loadPrivateKey(new Uint8Array(32).fill(6)).publicKey);
  pair.call('there');
  await settled();
  assert.deepEqual(brief(pair.here), ['PublicKey: another, not the public key of this end']);
});

test('a peer whose public key is in no section', async () => {
  const pair = new Consultation({}, {});
  pair.here.tunnel.removePeer(pair.patient.id, pair.now());
  pair.call('there');
  await settled();
  assert.deepEqual(brief(pair.here), [`PublicKey: ${base64(THERE.publicKey)}, not no [Peer] section has it`]);
});

test('probes name S1 of a peer that is deaf to anything else', async () => {
  const pair = new Consultation({}, { S1: '41', Jc: '0' });
  pair.passesThere = ({ length }) => length === 41 + 148;
  pair.call('here');
  await settled();
  assert.equal(pair.patient.state, 'no-answer');
  for (const attempt of pair.here.probes(pair.patient, pair.now())) attempt();
  await settled();
  assert.deepEqual(brief(pair.here), ['S1: 41, not 31']);
  pair.passesThere = () => true;
  pair.wait();
  await settled();
  assert.equal(pair.patient.state, 'works');
  assert.deepEqual(brief(pair.there), [], 'what was found is used from then on');
});

test('probes name header protection that only we have, and a prefix behind data that the peer cannot read', async () => {
  const pair = new Consultation({ HeaderProtectionKey: HEADER_KEY }, {});
  const tried = [...pair.here.probes(pair.patient, pair.now())].length;
  assert.ok(tried > 1_000 && tried < 1_300, `${tried} probes`);
  const prefixes = pair.here.profilesFor(pair.patient, transportHypotheses).map(({ transport }) => transport.prefix);
  assert.equal(prefixes.includes(12), false, 'what the file says was tried by the tunnel itself');
  assert.deepEqual([Math.min(...prefixes), Math.max(...prefixes)], [13, 1_132]);
});

test('what comes too fast is counted and not looked at', () => {
  const pair = new Consultation({}, {});
  for (let i = 0; i < 1_000; i += 1) pair.here.handleDatagram(new Uint8Array(60), endpoint('10.9.9.9', 9), pair.now());
  assert.equal(pair.here.skipped, 500);
});

test('no more sources are told apart than there is room for', () => {
  const pair = new Consultation({}, {});
  for (let port = 1; port <= 200; port += 1) {
    pair.here.handleDatagram(new Uint8Array(60), endpoint('10.9.9.9', port), pair.now());
  }
  assert.equal(pair.here.otherSources().length, 64);
});

test('a peer that calls, and does not understand our answer, is called in turn', async () => {
  for (const [theirs, expected] of [
    [{ S2: '57' }, 'S2: 57, not 47'],
    [{ PresharedKey: base64(new Uint8Array(32).fill(5)) }, 'PresharedKey: another, not set'],
  ] as const) {
    const pair = new Consultation({}, theirs);
    pair.passesThere = ({ length }) => length !== 47 + 92;
    pair.call('there');
    await settled();
    assert.deepEqual([pair.patient.answered, pair.patient.handshakeAfter], [1, undefined]);
    pair.here.callBack(pair.patient, pair.now());
    await settled();
    assert.deepEqual(brief(pair.here), [expected]);
  }
});
