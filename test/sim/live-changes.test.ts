/** What an owner changes while two ends talk: looks, timers, keys. Sessions go on where they can. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sameEndpoint } from '../../src/protocol/endpoint.ts';
import type { AwgParameters } from '../../src/protocol/obfuscation/awg-parameters.ts';
import { buildProfile } from '../../src/protocol/obfuscation/parameters.ts';
import { exactly } from '../../src/protocol/range.ts';
import type { WholeHost } from './whole-host.ts';
import { WholeWorld } from './whole-world.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;

const headers = { h1: exactly(1001), h2: exactly(2002), h3: exactly(3003), h4: { low: 4004, high: 4999 } };
const protection = Uint8Array.from({ length: 32 }, (_, index) => index + 1);

/** One after the other, each on both ends. */
const LOOKS: Readonly<Record<string, AwgParameters>> = {
  'other headers': headers,
  'longer prefixes': { ...headers, s1: 50, s2: 60, s4: 33 },
  'protected headers': { ...headers, s1: 12, s2: 13, s3: 14, s4: 15, headerProtectionKey: protection },
  'another key': { ...headers, s1: 12, s2: 13, s3: 14, s4: 15, headerProtectionKey: protection.toReversed() },
  'trailers and padding': { ...headers, randomTrailers: true },
  'content padding': { contentPaddingAddition: { low: 5, high: 60 } },
  'plain WireGuard': {},
};

const completed = (host: WholeHost): number => host.events.filter(({ kind }) => kind === 'handshake-completed').length;

/** One message each way; returns how many arrived. */
function talk(world: WholeWorld): number {
  world.send(world.alice, world.bob);
  world.advance(SECOND);
  world.send(world.bob, world.alice);
  world.advance(SECOND);
  return world.alice.tun.takePackets().length + world.bob.tun.takePackets().length;
}

function talking(): WholeWorld {
  const world = new WholeWorld();
  assert.equal(talk(world), 2);
  assert.equal(completed(world.alice), 1);
  return world;
}

function both(world: WholeWorld, action: (host: WholeHost) => void): void {
  for (const host of [world.alice, world.bob]) action(host);
}

test('a new look on both ends holds for sessions that exist', () => {
  const world = talking();
  for (const [name, parameters] of Object.entries(LOOKS)) {
    both(world, (host) => host.steer((tunnel) => tunnel.setProfile(buildProfile(parameters).profile)));
    world.datagrams.length = 0;
    assert.equal(talk(world), 2, name);
    assert.equal(completed(world.alice), 1, `${name}: no other handshake`);
    const { s4 = 0 } = parameters;
    assert.ok(
      world.datagrams.every(({ bytes }) => bytes.length >= 32 + s4),
      name,
    );
  }
});

test('a new look holds for the next handshakes too', () => {
  for (const [name, parameters] of Object.entries(LOOKS)) {
    const world = talking();
    both(world, (host) =>
      host.steer((tunnel) => tunnel.setProfile(buildProfile({ ...parameters, i1: '<r 7>' }).profile)),
    );
    world.advance(4 * MINUTE);
    world.datagrams.length = 0;
    assert.equal(talk(world), 2, name);
    assert.equal(completed(world.alice), 2, name);
    assert.equal(world.datagrams[0]?.bytes.length, 7, `${name}: the signature packet comes first`);
  }
});

test('a look that only one end has separates them; once it is common again, so are the keys', () => {
  const world = talking();
  const dress = buildProfile({ ...headers, s4: 33 });
  world.alice.steer((tunnel) => tunnel.setProfile(dress.profile));
  assert.equal(talk(world), 0);
  world.bob.steer((tunnel) => tunnel.setProfile(dress.profile));
  assert.equal(talk(world), 2);
  assert.equal(completed(world.alice), 1);
});

test('new timers hold from now on, for sessions that exist as well', () => {
  const world = talking();
  both(world, (host) =>
    host.steer((tunnel) =>
      tunnel.setTiming({ rekeyAfterTime: exactly(10 * SECOND), rejectAfterTime: exactly(60 * SECOND) }),
    ),
  );
  for (let second = 0; second < 60; second += 1) {
    world.send(world.alice, world.bob);
    world.advance(SECOND);
  }
  const fast = completed(world.alice);
  assert.ok(fast >= 5, `${fast} handshakes in a minute`);
  both(world, (host) => host.steer((tunnel) => tunnel.setTiming({})));
  for (let second = 0; second < 100; second += 1) {
    world.send(world.alice, world.bob);
    world.advance(SECOND);
  }
  assert.equal(world.bob.tun.takePackets().length, 160, 'nothing is lost');
  assert.ok(completed(world.alice) - fast <= 1, 'as rarely as before');
});

test('whoever is told that the network is another one greets at once, and nothing is lost', () => {
  const world = talking();
  const [before, began] = [completed(world.alice), world.clock.at];
  world.alice.steer((tunnel) => tunnel.rebind(world.clock.now()));
  world.advance(100);
  assert.equal(completed(world.alice), before + 1);
  assert.ok(world.clock.at - began < 200);
  assert.equal(talk(world), 2);
  world.advance(4 * MINUTE);
  world.datagrams.length = 0;
  world.alice.steer((tunnel) => tunnel.rebind(world.clock.now()));
  world.advance(SECOND);
  assert.equal(world.datagrams.length, 0, 'who has not spoken for long has nothing to say');
});

test('without its private key an end is silent, and with it again it is back', () => {
  const world = talking();
  const { alice, bob } = world;
  const key = alice.tunnel.identity?.rawPrivateKey.slice();
  alice.steer((tunnel) => tunnel.setPrivateKey(undefined, world.clock.now()));
  world.advance(SECOND);
  world.datagrams.length = 0;
  world.send(alice, bob);
  world.advance(MINUTE);
  assert.deepEqual(
    world.datagrams.filter(({ from }) => sameEndpoint(from, alice.endpoint)),
    [],
  );
  alice.steer((tunnel) => tunnel.setPrivateKey(key, world.clock.now()));
  bob.tun.takePackets();
  assert.equal(talk(world), 2);
});
