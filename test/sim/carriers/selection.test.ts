/** The choice between carriers, end to end but for the bytes: what a censor does, and how long it hurts. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { RememberedCarriers } from '../../../src/device/carriers/remembered-carriers.ts';
import type { CarrierName } from '../../../src/transport/carrier-name.ts';
import type { WorldOptions } from './carrier-world.ts';
import { CarrierWorld } from './carrier-world.ts';

const ALL: readonly CarrierName[] = ['udp', 'tcp', 'tls', 'websocket'];
const MEGABIT = 125_000;

/** How much of the answers to probes there is to see. */
const VIEWS: readonly (WorldOptions & { readonly view: string })[] = [
  { view: 'answers seen' },
  { view: 'answers not seen', hearsEchoes: false },
  { view: 'peer answers no probes', answersProbes: false },
];

/** A download that has been running for ten seconds. */
function downloading(options: WorldOptions = {}): CarrierWorld {
  const world = new CarrierWorld(options);
  world.startDownload();
  world.advance(10_000);
  assert.equal(world.carrier, 'udp');
  return world;
}

/** Lets `spoil` happen and twenty seconds pass; returns the longest time without a byte. */
function gapAfter(world: CarrierWorld, spoil: () => void): number {
  const from = world.clock.at;
  spoil();
  world.advance(20_000);
  return world.download.longestGap(from - 50, world.clock.at);
}

function moves(world: CarrierWorld): string[] {
  return world.decisions.filter(({ from, to }) => from !== to).map(({ to }) => to);
}

/** Advances until packets go this way; returns how long that took. */
function until(world: CarrierWorld, carrier: CarrierName, limit: number): number {
  const from = world.clock.at;
  while (world.carrier !== carrier && world.clock.at - from < limit) world.advance(50);
  return world.clock.at - from;
}

for (const { view, ...options } of VIEWS) {
  describe(`a download, ${view}`, () => {
    for (const direction of ['both', 'up', 'down'] as const) {
      test(`UDP blocked (${direction}): back within two seconds, and on UDP again when it is free`, () => {
        const world = downloading(options);
        const gap = gapAfter(world, () => world.block('udp', direction));
        assert.ok(gap < 2_000, `${gap} ms without a byte`);
        assert.deepEqual(moves(world), ['udp', 'tcp']);
        assert.match(world.decisions[1]?.reason ?? '', /^no answer over udp for [012]\.\d s(, while tcp answers)?$/);
        world.mend('udp');
        const back = until(world, 'udp', 120_000);
        assert.ok(back < 35_000, `${back} ms until UDP was in use again`);
        world.advance(60_000);
        assert.deepEqual(moves(world), ['udp', 'tcp', 'udp']);
      });
    }

    test('UDP dropped after 64 KiB a flow, though handshakes and first packets pass', () => {
      const world = new CarrierWorld(options);
      world.spoil('udp', { quota: 65_536 });
      world.startDownload();
      world.advance(20_000);
      assert.equal(world.carrier, 'tcp');
      const gap = world.download.longestGap(world.clock.at - 19_000, world.clock.at);
      assert.ok(gap < 3_000, `${gap} ms without a byte`);
    });

    test('throttled to 1 Mbit/s by a policer: elsewhere within five seconds, and it stays', () => {
      const world = downloading(options);
      world.spoil('udp', { rate: MEGABIT, queue: 5_000 }, 'down');
      const left = until(world, 'tcp', 20_000);
      assert.ok(left < 5_000, `${left} ms`);
      world.advance(15_000);
      assert.equal(world.carrier, 'tcp');
      assert.ok(world.download.goodput(world.clock.at - 5_000, world.clock.at) > 8 * MEGABIT);
      assert.match(world.decisions[2]?.reason ?? '', /^tcp carried 1\d\.\d Mbit\/s, udp \d\.\d$/);
    });

    test('a middlebox that kills what is neither TLS nor HTTP', () => {
      const world = downloading({ ...options, carriers: ALL });
      const tcp = world.way('tcp').stream;
      const gap = gapAfter(world, () => {
        world.block('udp');
        if (tcp !== undefined) tcp.isKilledBySight = true;
      });
      assert.ok(gap < 2_000, `${gap} ms without a byte`);
      assert.deepEqual(moves(world), ['udp', 'tls']);
      world.advance(60_000);
      assert.equal(world.carrier, 'tls');
    });
  });
}

test('throttled to 1 Mbit/s before a deep queue: seen by the round trips, left within five seconds', () => {
  const world = downloading();
  world.spoil('udp', { rate: MEGABIT, queue: 500_000 }, 'down');
  const left = until(world, 'tcp', 20_000);
  assert.ok(left < 5_000, `${left} ms`);
  world.advance(10_000);
  assert.equal(world.carrier, 'tcp');
  assert.match(world.decisions[1]?.reason ?? '', /^round trips of \d+ ms over udp, trying tcp$/);
});

test('a trial with short round trips is kept, however slowly the flows inside come back', () => {
  const world = downloading();
  world.spoil('udp', { rate: MEGABIT, queue: 500_000 }, 'down');
  until(world, 'tcp', 20_000);
  world.download.largestWindow = 1;
  world.advance(10_000);
  assert.deepEqual(moves(world), ['udp', 'tcp']);
  assert.match(world.decisions[2]?.reason ?? '', /^tcp carried 0\.[1-4] Mbit\/s, udp (0\.9|1\.[01])$/);
});

test('a trial that brings nothing goes back, and is not repeated at once', () => {
  const world = downloading();
  for (const name of ['udp', 'tcp'] as const) world.spoil(name, { rate: MEGABIT, queue: 500_000 }, 'down');
  world.advance(30_000);
  assert.deepEqual(moves(world), ['udp', 'tcp', 'udp']);
  world.advance(300_000);
  assert.ok(moves(world).length <= 11, `${moves(world).length} moves`);
});

test('TCP reset every 20 s: no decision, and nobody waits for longer than its reconnecting takes', () => {
  const world = new CarrierWorld();
  world.block('udp');
  world.startDownload();
  world.advance(5_000);
  const from = world.clock.at;
  for (let count = 0; count < 6; count++) {
    world.way('tcp').stream?.reset();
    world.advance(20_000);
  }
  assert.ok(world.download.longestGap(from, world.clock.at) < 1_000);
  assert.deepEqual(moves(world), ['tcp']);
});

test('a stream that cannot be made again is left after a second', () => {
  const world = new CarrierWorld({ carriers: ['tcp', 'tls'] });
  world.startDownload();
  world.advance(10_000);
  const gap = gapAfter(world, () => {
    world.block('tcp');
    world.way('tcp').stream?.reset();
  });
  assert.ok(gap < 2_000, `${gap} ms without a byte`);
  assert.deepEqual(moves(world), ['tcp', 'tls']);
  assert.match(world.decisions[1]?.reason ?? '', /^tcp connection lost: connection reset/);
});

describe('at the start', () => {
  const cases: readonly {
    readonly blocked: readonly CarrierName[];
    readonly found: CarrierName;
    readonly limit: number;
  }[] = [
    { blocked: [], found: 'udp', limit: 200 },
    { blocked: ['udp'], found: 'tcp', limit: 1_200 },
    { blocked: ['udp', 'tcp'], found: 'tls', limit: 2_200 },
    { blocked: ['udp', 'tcp', 'tls'], found: 'websocket', limit: 3_200 },
  ];
  for (const { blocked, found, limit } of cases) {
    test(`with ${blocked.length === 0 ? 'nothing' : blocked.join(' and ')} blocked, ${found} is found`, () => {
      const world = new CarrierWorld({ carriers: ALL });
      for (const name of blocked) world.block(name);
      const from = world.clock.at;
      world.startDownload();
      world.advance(8_000);
      assert.equal(world.carrier, found);
      assert.ok(
        (world.download.arrivals[0] ?? Number.NaN) - from < limit,
        `first byte after ${(world.download.arrivals[0] ?? 0) - from} ms`,
      );
      assert.deepEqual(moves(world), [found]);
    });
  }

  test('an idle client without a keepalive sends nothing and opens nothing', () => {
    const world = new CarrierWorld({ carriers: ALL });
    world.advance(3_600_000);
    assert.deepEqual([world.core.probes, world.core.initiations, world.decisions.length], [0, 0, 0]);
    assert.ok(world.ways.every(({ stream }) => (stream?.connects ?? 0) === 0));
  });

  test('a persistent keepalive asks for a session by itself, and all that follows is one probe', () => {
    const world = new CarrierWorld({ persistentKeepalive: 25 });
    world.advance(3_600_000);
    assert.deepEqual(moves(world), ['udp']);
    assert.ok(world.core.probes <= 2, `${world.core.probes} probes in an hour`);
  });

  test('a client whose first carrier is a stream waits for traffic too', () => {
    const world = new CarrierWorld({ carriers: ['tcp', 'tls'] });
    world.advance(600_000);
    assert.equal(world.way('tcp').stream?.connects, 0);
    world.ping();
    world.advance(1_000);
    assert.equal(world.pings.length, 1);
  });

  test('nobody answers: search, but not for ever', () => {
    const world = new CarrierWorld();
    world.server.isAlive = false;
    world.ping();
    world.advance(600_000);
    const { initiations } = world.core;
    world.advance(600_000);
    assert.equal(world.core.initiations, initiations);
    assert.equal(world.way('tcp').stream?.bundle, undefined);
    world.server.isAlive = true;
    world.ping();
    world.advance(6_000);
    assert.equal(world.pings.length, 1);
  });

  test('with a keepalive the search goes on, and ends soon after the peer is back', () => {
    const world = new CarrierWorld({ persistentKeepalive: 25 });
    world.server.isAlive = false;
    world.advance(600_000);
    world.server.isAlive = true;
    world.advance(15_000);
    assert.deepEqual(moves(world), ['udp']);
  });
});

describe('a peer that answers no probes', () => {
  test('is taken at its handshake, over the best carrier that has one', () => {
    const world = new CarrierWorld({ persistentKeepalive: 25, answersProbes: false });
    world.advance(10_000);
    assert.equal(world.carrier, 'udp');
    assert.deepEqual(
      world.decisions.map(({ to, isProven }) => [to, isProven]),
      [['udp', false]],
    );
    world.advance(600_000);
    assert.equal(world.decisions.length, 1);
  });

  test('stays where it is while it only listens', () => {
    const world = new CarrierWorld({ persistentKeepalive: 25, answersProbes: false });
    world.advance(10_000);
    for (let count = 0; count < 600; count++) {
      world.core.send({ kind: 'flow', number: 1_000_000 }, 500);
      world.advance(100);
    }
    assert.equal(world.decisions.length, 1, JSON.stringify(world.decisions));
  });
});

describe('no flapping', () => {
  for (const hearsEchoes of [true, false]) {
    for (const loss of [0.001, 0.02, 0.05, 0.1, 0.2]) {
      test(`every carrier loses ${loss * 100} % and delays up to 30 ms, answers ${hearsEchoes ? '' : 'not '}seen`, () => {
        for (const seed of [1, 2, 3]) {
          const world = new CarrierWorld({ hearsEchoes, seed });
          for (const name of ['udp', 'tcp'] as const) world.spoil(name, { loss, jitter: 30 });
          world.startDownload();
          world.advance(60_000);
          assert.ok(moves(world).length <= 5, `${moves(world).length} moves in the first minute`);
          world.advance(540_000);
          assert.ok(moves(world).length <= 14, `${moves(world).length} moves in ten minutes`);
          if (loss < 0.01) assert.deepEqual(moves(world), ['udp']);
        }
      });
    }
  }

  test('a ping a second over a lossy path is nothing to decide by', () => {
    for (const hearsEchoes of [true, false]) {
      const world = new CarrierWorld({ hearsEchoes });
      for (const name of ['udp', 'tcp'] as const) world.spoil(name, { loss: 0.1, jitter: 30 });
      for (let count = 0; count < 600; count++) {
        world.ping();
        world.advance(1_000);
      }
      assert.ok(moves(world).length <= 3, `${moves(world).length} moves`);
    }
  });

  test('outages that hit every carrier alike do not send us elsewhere', () => {
    const world = downloading();
    for (let count = 0; count < 20; count++) {
      for (const name of ['udp', 'tcp'] as const) world.block(name);
      world.advance(2_000);
      for (const name of ['udp', 'tcp'] as const) world.mend(name);
      world.advance(8_000);
    }
    assert.ok(moves(world).length <= 4, moves(world).join());
  });

  test("packets into the void, which nobody answers, are not the path's fault", () => {
    const world = new CarrierWorld();
    for (let count = 0; count < 600; count++) {
      world.core.send({ kind: 'flow', number: 1_000_000 }, 500);
      world.advance(100);
    }
    assert.deepEqual(moves(world), ['udp']);
  });

  test('a peer that restarts is greeted again where it is', () => {
    const world = downloading();
    const gap = gapAfter(world, () => world.server.restart());
    assert.ok(gap < 2_000, `${gap} ms without a byte`);
    assert.deepEqual(moves(world), ['udp']);
  });
});

describe('idle on a stream', () => {
  test('upward probes become rare, and nothing else happens', () => {
    const world = new CarrierWorld({ persistentKeepalive: 25 });
    world.block('udp');
    world.advance(3_600_000);
    assert.deepEqual(moves(world), ['tcp']);
    assert.ok(world.core.probes < 60, `${world.core.probes} probes in an hour`);
  });

  test('without a keepalive a lost connection is made again only when there is something to send', () => {
    const world = new CarrierWorld();
    world.block('udp');
    world.ping();
    world.advance(60_000);
    world.way('tcp').stream?.reset('idle for too long');
    world.advance(600_000);
    assert.equal(world.way('tcp').stream?.bundle, undefined);
    const { connects } = world.way('tcp').stream ?? { connects: 0 };
    assert.ok(connects <= 2, `${connects} connections`);
    for (let count = 0; count < 5; count++) {
      world.ping();
      world.advance(1_000);
    }
    assert.ok(world.pings.length >= 4, `${world.pings.length} answers`);
    assert.equal(world.carrier, 'tcp');
  });
});

describe('networks', () => {
  test('a search begins with what worked here last time, also after a restart', () => {
    const memory = new RememberedCarriers(undefined);
    const first = new CarrierWorld({ carriers: ALL, memory });
    first.block('udp');
    first.block('tcp');
    first.startDownload();
    first.advance(5_000);
    assert.equal(first.carrier, 'tls');
    const second = new CarrierWorld({ carriers: ALL, memory });
    second.block('udp');
    second.block('tcp');
    const from = second.clock.at;
    second.startDownload();
    second.advance(5_000);
    assert.equal(second.carrier, 'tls');
    assert.ok((second.download.arrivals[0] ?? Number.NaN) - from < 500);
  });

  test('in another network the search begins anew', () => {
    const world = new CarrierWorld({ carriers: ALL });
    world.block('udp');
    world.startDownload();
    world.advance(5_000);
    assert.equal(world.carrier, 'tcp');
    world.network = 'office';
    world.mend('udp');
    world.block('tcp');
    const gap = gapAfter(world, () => undefined);
    assert.ok(gap < 2_000, `${gap} ms without a byte`);
    assert.equal(world.carrier, 'udp');
  });

  test('a better carrier is asked at once when the network has changed without harm', () => {
    const world = new CarrierWorld();
    world.block('udp');
    world.startDownload();
    world.advance(20_000);
    world.mend('udp');
    world.network = 'office';
    world.director.networkChanged();
    assert.ok(until(world, 'udp', 10_000) < 3_000);
  });
});

test('a peer that is removed closes its streams, and one that is unknown has no status', () => {
  const world = new CarrierWorld({ carriers: ['tcp'] });
  world.startDownload();
  world.advance(1_000);
  const [way] = world.ways;
  assert.notEqual(way?.stream?.bundle, undefined);
  assert.equal(world.status()?.phase, 'settled');
  world.removePeer();
  assert.equal(way?.stream?.bundle, undefined);
  assert.equal(world.status(), undefined);
});
