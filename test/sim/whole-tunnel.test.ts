/** The core and the real data plane together, over bad networks, for hours of virtual time. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DROP } from '../../src/protocol/drop-reason.ts';
import type { Endpoint } from '../../src/protocol/endpoint.ts';
import { sameEndpoint } from '../../src/protocol/endpoint.ts';
import { nullProfile } from '../../src/protocol/obfuscation/null-profile.ts';
import { buildProfile } from '../../src/protocol/obfuscation/parameters.ts';
import { endpoint } from '../../src/testing/index.ts';
import type { WholeHost } from './whole-host.ts';
import { WholeWorld } from './whole-world.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

const AWG_2 = buildProfile({
  jc: 4,
  jmin: 20,
  jmax: 90,
  s1: 30,
  s2: 45,
  s3: 20,
  s4: 17,
  h1: { low: 1000000, high: 1500000 },
  h2: { low: 471800590, high: 471800690 },
  h3: { low: 1246894907, high: 1246895000 },
  h4: { low: 923637689, high: 923637690 },
  i1: '<b 0xc0ffee><r 20><t>',
}).profile;

const handshakes = (host: WholeHost): number => host.events.filter(({ kind }) => kind === 'handshake-completed').length;

for (const [name, profile] of [
  ['plain WireGuard', nullProfile()],
  ['an AWG 2.0 profile', AWG_2],
] as const) {
  test(`${name}: an hour of steady talk loses nothing and rekeys every two minutes`, () => {
    const world = new WholeWorld({ profile });
    const messages = 3600;
    for (let second = 0; second < messages; second += 1) {
      world.send(world.alice, world.bob);
      world.send(world.bob, world.alice);
      world.advance(SECOND);
    }
    assert.equal(world.bob.tun.takePackets().length, messages);
    assert.equal(world.alice.tun.takePackets().length, messages);
    const count = handshakes(world.alice);
    assert.ok(count >= 27 && count <= 31, `${count} handshakes in an hour`);
  });
}

test('two idle ends are silent: a few datagrams after the last data, then none for ten hours', () => {
  const world = new WholeWorld();
  world.send(world.alice, world.bob);
  world.advance(MINUTE);
  const spoken = world.datagrams.length;
  world.advance(10 * HOUR);
  assert.equal(world.datagrams.length, spoken);
  assert.ok(spoken <= 5, `${spoken} datagrams`);
});

test('a persistent keepalive keeps an idle tunnel open, at its interval', () => {
  const world = new WholeWorld({ keepalive: 25 });
  world.advance(MINUTE);
  const before = world.datagrams.length;
  world.advance(HOUR);
  const datagrams = world.datagrams.slice(before);
  const keepalives = datagrams.filter(({ bytes }) => bytes.length === 32).length;
  assert.ok(keepalives >= 130 && keepalives <= 180, `${keepalives} keepalives in an hour`);
});

test('a bad network delays handshakes and costs packets, and nothing else', () => {
  const faults = { loss: 0.2, duplication: 0.1, corruption: 0.05, delay: 30, jitter: 80 };
  const world = new WholeWorld({ profile: AWG_2, faults, seed: 7 });
  const messages = 7200;
  const received: string[] = [];
  for (let second = 0; second < messages; second += 1) {
    world.send(world.alice, world.bob);
    world.advance(SECOND);
    received.push(...world.bob.tun.takePackets().map((packet) => new TextDecoder().decode(packet.subarray(28))));
  }
  assert.equal(new Set(received).size, received.length, 'no duplicate came through');
  const arrived = received.length / messages;
  assert.ok(arrived > 0.7 && arrived < 0.8, `${arrived} of the messages arrived`);
  const { drops } = world.bob.engine.counters();
  assert.ok(drops[DROP.replayed] > 0);
  assert.ok(drops[DROP['bad-tag']] > 0);
});

test('after a blackout of an hour the first packet gets through within the handshake time', () => {
  const world = new WholeWorld();
  world.send(world.alice, world.bob);
  world.advance(SECOND);
  world.faults.setFaults({ loss: 1 });
  for (let minute = 0; minute < 60; minute += 1) {
    world.send(world.alice, world.bob);
    world.advance(MINUTE);
  }
  world.faults.setFaults({ delay: 20 });
  world.bob.tun.takePackets();
  world.advance(2 * MINUTE);
  world.bob.tun.takePackets();
  world.send(world.alice, world.bob);
  world.advance(6 * SECOND);
  assert.ok(world.bob.tun.takePackets().length >= 1);
});

test('a tunnel goes over to a stream while UDP is blocked, and back with the same keys', () => {
  const world = new WholeWorld();
  const { alice, bob, network } = world;
  const talk = (): number[] => {
    world.send(alice, bob);
    world.advance(SECOND);
    world.send(bob, alice);
    world.advance(SECOND);
    return [bob, alice].map(({ tun }) => tun.takePackets().length);
  };
  assert.deepEqual(talk(), [1, 1]);
  const { toServer, toClient } = network.connect(alice.carrier, bob.carrier, 1);
  const [bobId, aliceId] = [alice, bob].map(({ tunnel }) => tunnel.snapshot().peers[0].id);
  const isAt = (host: WholeHost, where: Endpoint): boolean => {
    const [{ endpoint: at }] = host.tunnel.snapshot().peers;
    return at !== undefined && sameEndpoint(at, where);
  };
  let isBlocked = true;
  network.use((next) => ({
    accept: (datagram) => (isBlocked && datagram.to.bundle === undefined ? undefined : next.accept(datagram)),
  }));
  alice.steer((tunnel) => tunnel.pinEndpoint(bobId, true));
  assert.deepEqual(talk(), [0, 0]);
  alice.steer((tunnel) => assert.equal(tunnel.initiateVia(bobId, toServer, world.clock.now()), true));
  world.advance(SECOND);
  assert.ok(isAt(alice, toServer) && isAt(bob, toClient));
  assert.deepEqual(talk(), [1, 1]);
  assert.equal(handshakes(alice), 2);
  isBlocked = false;
  alice.steer((tunnel) => tunnel.setEndpoint(bobId, bob.endpoint));
  assert.deepEqual(talk(), [1, 1]);
  assert.ok(isAt(alice, bob.endpoint) && isAt(bob, alice.endpoint));
  bob.steer((tunnel) => tunnel.setEndpoint(aliceId, toClient));
  world.send(bob, alice);
  world.advance(SECOND);
  assert.ok(isAt(alice, bob.endpoint), 'which stays where it is pinned');
  assert.ok(alice.events.some((event) => event.kind === 'heard-elsewhere' && sameEndpoint(event.endpoint, toServer)));
  assert.equal(handshakes(alice), 2);
});

test('both ends follow each other through a change of address', () => {
  const world = new WholeWorld();
  world.send(world.alice, world.bob);
  world.advance(SECOND);
  world.network.move(world.alice.carrier, [endpoint('198.51.100.7', 4000)]);
  world.send(world.alice, world.bob);
  world.advance(SECOND);
  world.alice.tun.takePackets();
  world.send(world.bob, world.alice);
  world.advance(SECOND);
  assert.equal(world.alice.tun.takePackets().length, 1);
  assert.equal(world.bob.events.filter(({ kind }) => kind === 'peer-roamed').length >= 1, true);
});
