import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readUint32 } from '../../src/protocol/bytes.ts';
import type { AwgParameters } from '../../src/protocol/obfuscation/awg-parameters.ts';
import { buildProfile } from '../../src/protocol/obfuscation/parameters.ts';
import type { Profile } from '../../src/protocol/obfuscation/profile.ts';
import type { Range } from '../../src/protocol/range.ts';
import { VirtualClock } from '../../src/testing/virtual-clock.ts';
import { ALICE, BOB, Pair } from './pair.ts';
import { SimHost } from './sim-host.ts';
import { SimNetwork } from './sim-network.ts';

const PARAMETERS = {
  jc: 2,
  jmin: 30,
  jmax: 60,
  s1: 15,
  s2: 40,
  s3: 12,
  s4: 20,
  h1: { low: 0x1000_0000, high: 0x1fff_ffff },
  h2: { low: 5, high: 5 },
  h3: { low: 6, high: 9 },
  h4: { low: 100, high: 200 },
  i1: '<b 0xc0ffee>',
  headerProtectionKey: Uint8Array.from({ length: 32 }, (_, index) => index),
  randomTrailers: true,
} satisfies AwgParameters;
const { profile } = buildProfile(PARAMETERS);

const bytesSent = (host: SimHost): Uint8Array[] =>
  host.sent.map(({ content }) => content).filter((content) => content instanceof Uint8Array);

const isConnected = (pair: Pair): boolean => pair.bob.delivered.length > 0;

test('a handshake under header protection and with trailers, both ways', () => {
  const pair = new Pair({ profile });
  pair.alice.send(pair.bobId, 'x');
  pair.advance(1_000);
  assert.deepEqual(pair.bob.delivered, ['x']);
  pair.bob.send(pair.aliceId, 'y');
  pair.advance(1_000);
  assert.deepEqual(pair.alice.delivered, ['y']);
  const [initiation, response] = [bytesSent(pair.alice).at(-1), bytesSent(pair.bob)[0]] as [Uint8Array, Uint8Array];
  assert.ok(initiation.length >= 15 + 148 && initiation.length < 500);
  assert.ok(response.length >= 40 + 92 && response.length < 500);
  assert.notEqual(readUint32(response, 40), 5, 'its type does not show');
});

test('a retried initiation has nothing in common with the one before', () => {
  const pair = new Pair({ profile: buildProfile({ ...PARAMETERS, jc: 0, i1: '' }).profile });
  pair.cut();
  pair.alice.send(pair.bobId, 'x');
  pair.advance(100_000);
  const sent = bytesSent(pair.alice);
  assert.equal(sent.length, 20);
  assert.equal(new Set(sent.map((datagram) => datagram.subarray(15, 31).join())).size, 20);
  assert.ok(new Set(sent.map(({ length }) => length)).size > 10);
});

test('a cookie reply is protected as well, and is understood', () => {
  const pair = new Pair({ profile });
  pair.bob.engine.backlog = 500;
  pair.alice.send(pair.bobId, 'x');
  pair.advance(1_000);
  assert.equal(isConnected(pair), false);
  assert.equal(pair.alice.eventsOf('cookie-received').length, 1);
  const [cookie] = bytesSent(pair.bob) as [Uint8Array];
  assert.ok(cookie.length >= 12 + 64 && cookie.length < 500);
  pair.advance(5_000);
  assert.equal(isConnected(pair), true);
});

test('with DisableCookies a busy responder answers at once, and never asks', () => {
  const pair = new Pair({ profile: buildProfile({ ...PARAMETERS, disableCookies: true }).profile });
  pair.bob.engine.backlog = 1_000;
  pair.alice.send(pair.bobId, 'x');
  pair.advance(1_000);
  assert.equal(isConnected(pair), true);
  assert.equal(pair.alice.eventsOf('cookie-received').length, 0);
});

/** Two hosts with a profile each; Alice has something to say to Bob for a while. */
function estranged(alice: Profile, bob: Profile): { readonly alice: SimHost; readonly bob: SimHost } {
  const clock = new VirtualClock();
  const network = new SimNetwork(clock);
  const hosts = {
    alice: new SimHost(clock, network, { endpoint: ALICE, seed: 1, profile: alice }),
    bob: new SimHost(clock, network, { endpoint: BOB, seed: 2, profile: bob }),
  };
  const id = hosts.alice.addPeer({ publicKey: hosts.bob.tunnel.publicKey, endpoint: BOB });
  hosts.bob.addPeer({ publicKey: hosts.alice.tunnel.publicKey, endpoint: ALICE });
  hosts.alice.send(id, 'x');
  clock.advance(120_000);
  return hosts;
}

test('an end with other parameters for the initiation never answers', () => {
  const others: readonly AwgParameters[] = [
    {},
    { ...PARAMETERS, s1: 16 },
    { ...PARAMETERS, h1: { low: 300, high: 400 } },
    { ...PARAMETERS, headerProtectionKey: new Uint8Array(32).fill(9) },
    { ...PARAMETERS, headerProtectionKey: new Uint8Array(32) },
  ];
  for (const other of others) {
    const { alice, bob } = estranged(profile, buildProfile(other).profile);
    assert.deepEqual([bob.sent.length, bob.delivered.length], [0, 0], JSON.stringify(other));
    assert.equal(alice.eventsOf('handshake-gave-up').length, 1);
  }
});

test('an end with other parameters for the response gets none that it understands', () => {
  const others: readonly AwgParameters[] = [
    { ...PARAMETERS, s2: 39 },
    { ...PARAMETERS, h2: { low: 300, high: 400 } },
  ];
  for (const other of others) {
    const { alice, bob } = estranged(profile, buildProfile(other).profile);
    assert.equal(bob.delivered.length, 0);
    assert.equal(alice.eventsOf('handshake-gave-up').length, 1);
    assert.equal(alice.eventsOf('handshake-completed').length, 0);
  }
});

const seconds = (low: number, high: number): Range => ({ low, high });
const within = (values: readonly number[], { low, high }: Range, slack = 0): boolean =>
  values.every((value) => value >= low * 1000 - slack && value <= high * 1000 + slack);
const gaps = (instants: readonly number[]): number[] => instants.slice(1).map((at, index) => at - instants[index]);

test('retries are spaced by draws from RekeyTimeout, and as many as MaxHandshakeAttempts allows', () => {
  const rekeyTimeout = seconds(2, 9);
  const { timing } = buildProfile({ rekeyTimeout, maxHandshakeAttempts: { low: 3, high: 3 } });
  const pair = new Pair({ timing });
  pair.cut();
  pair.alice.send(pair.bobId, 'x');
  pair.advance(200_000);
  const sent = pair.alice.eventsOf('handshake-sent').map(({ at }) => at);
  assert.equal(sent.length, 5);
  assert.ok(within(gaps(sent), rekeyTimeout, 334));
  assert.ok(new Set(gaps(sent)).size === 4);
});

test('sessions are renewed at ages drawn from RekeyAfterTime, each at its own', () => {
  const rekeyAfterTime = seconds(30, 60);
  const { timing } = buildProfile({ rekeyAfterTime });
  const pair = new Pair({ timing });
  for (let second = 0; second < 1_200; second++) {
    pair.alice.send(pair.bobId, 'x');
    pair.advance(1_000);
  }
  const ages = gaps(pair.alice.eventsOf('handshake-completed').map(({ at }) => at));
  assert.ok(ages.length >= 19 && ages.length <= 40, `${ages.length}`);
  assert.ok(within(ages, rekeyAfterTime, 1_100), ages.join());
  assert.ok(new Set(ages).size > 8, ages.join());
});

test('a persistent keepalive is drawn anew each time', () => {
  const persistentKeepalive = seconds(10, 20);
  const pair = new Pair({ alice: { persistentKeepalive } });
  pair.advance(1_000_000);
  const sent = gaps(pair.alice.keepalives.map(({ at }) => at)).filter((gap) => gap > 5_000);
  assert.ok(sent.length > 40);
  assert.ok(within(sent, persistentKeepalive, 100), sent.join());
  assert.ok(new Set(sent).size > 20);
});
