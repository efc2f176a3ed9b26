/** The choice between carriers over the real protocol core: pinned paths, trial initiations, roaming of the far end. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CarrierDirector } from '../../../src/device/carriers/carrier-director.ts';
import type { CarrierDecision } from '../../../src/device/carriers/directed-peer.ts';
import { RememberedCarriers } from '../../../src/device/carriers/remembered-carriers.ts';
import type { Endpoint } from '../../../src/protocol/endpoint.ts';
import { address, endpoint } from '../../../src/testing/addresses.ts';
import { ALICE, BOB, Pair } from '../pair.ts';
import type { Flight } from '../sim-network.ts';

const BOB_TCP = endpoint('192.0.2.2', 443);
const ALICE_TCP = endpoint('192.0.2.1', 50_000);
const CONNECT = 40;
const PACKET_EVERY = 50;

/** Alice reaches Bob by UDP and by one stream; Bob answers everything. */
class TwoWays {
  readonly pair = new Pair({ alice: { persistentKeepalive: 0 } });
  readonly decisions: CarrierDecision[] = [];
  readonly director: CarrierDirector;
  isUdpBlocked = false;
  isStreamBlocked = false;
  #bundle: number | undefined;
  #answered = 0;
  #sent = 0;

  constructor() {
    const { clock, alice, bobId } = this.pair;
    this.director = new CarrierDirector({
      driver: {
        run: (action) => {
          const result = action(alice.tunnel, clock.now());
          alice.settle();
          return result;
        },
      },
      streams: { open: (bundle) => this.#open(bundle), close: () => (this.#bundle = undefined) },
      ledger: alice.engine.ledger,
      clock: () => clock.now(),
      addresses: () => [{ address: address('10.9.0.2'), length: 24 }],
      memory: new RememberedCarriers(undefined),
      network: () => 'home',
      onDecision: (decision) => this.decisions.push(decision),
      wakeAfter: (milliseconds, run) => clock.scheduleIn(milliseconds, run),
    });
    alice.onEvent = (event) => this.director.handleEvent(event);
    this.#connect();
    this.director.addPeer({
      peer: bobId,
      publicKey: this.pair.bob.tunnel.publicKey,
      candidates: [
        { name: 'udp', endpoint: BOB },
        { name: 'tcp', endpoint: BOB_TCP, target: { kind: 'tcp', endpoint: BOB_TCP, connections: 1 } },
      ],
      allowedIps: [{ address: address('10.9.0.0'), length: 24 }],
      isPersistent: false,
    });
  }

  /** Where Alice sends to. */
  get path(): Endpoint | undefined {
    return this.pair.alice.engine.endpointOf(this.pair.bobId);
  }

  get carriers(): readonly string[] {
    return this.decisions.map(({ to }) => to);
  }

  /** Alice sends all the time; returns the longest wait for an answer. */
  talk(milliseconds: number): number {
    const { alice, bobId, clock } = this.pair;
    let longest = 0;
    let answeredAt = clock.at;
    for (let passed = 0; passed < milliseconds; passed += PACKET_EVERY) {
      const before = this.pair.alice.delivered.length;
      alice.send(bobId, `packet ${this.#sent++}`);
      this.pair.advance(PACKET_EVERY);
      if (this.pair.alice.delivered.length > before) answeredAt = clock.at;
      longest = Math.max(longest, clock.at - answeredAt);
    }
    return longest;
  }

  #connect(): void {
    const { network, alice } = this.pair;
    network.fate = ({ to }) => ((to.bundle === undefined ? this.isUdpBlocked : this.isStreamBlocked) ? 'lost' : 20);
    network.attach(BOB, (flight) => this.#atBob(flight));
    network.attach(BOB_TCP, (flight) => {
      // What Bob's hub calls the connection is its own affair.
      if (flight.to.bundle === this.#bundle) this.#atBob({ ...flight, from: { ...ALICE_TCP, bundle: 0x8000_0001 } });
    });
    network.attach(ALICE, (flight) => alice.receive(flight));
    network.attach(ALICE_TCP, (flight) => {
      if (this.#bundle !== undefined) alice.receive({ ...flight, from: { ...BOB_TCP, bundle: this.#bundle } });
    });
  }

  #atBob(flight: Flight): void {
    const { bob, aliceId } = this.pair;
    bob.receive(flight);
    for (; this.#answered < bob.delivered.length; this.#answered++) bob.send(aliceId, `answer ${this.#answered}`);
  }

  #open(bundle: number): void {
    this.#bundle = bundle;
    this.pair.clock.scheduleIn(CONNECT, () => {
      if (this.#bundle === bundle && !this.isStreamBlocked) this.director.streamUp(bundle);
    });
  }
}

test('UDP blocked in the middle: the stream carries on, and UDP takes over again', () => {
  const world = new TwoWays();
  assert.ok(world.talk(5_000) < 500);
  assert.deepEqual(world.carriers, ['udp']);
  world.isUdpBlocked = true;
  const gap = world.talk(10_000);
  assert.ok(gap < 2_000, `${gap} ms without an answer`);
  assert.deepEqual(world.carriers, ['udp', 'tcp']);
  assert.deepEqual(world.path?.address, BOB_TCP.address);
  assert.notEqual(world.path?.bundle, undefined);
  world.isUdpBlocked = false;
  world.talk(60_000);
  assert.deepEqual(world.carriers, ['udp', 'tcp', 'udp']);
  assert.equal(world.path?.bundle, undefined);
  assert.ok(world.talk(5_000) < 200);
});

test('UDP blocked from the start: the first session is made over the stream', () => {
  const world = new TwoWays();
  world.isUdpBlocked = true;
  const gap = world.talk(5_000);
  assert.ok(gap < 1_300, `${gap} ms without an answer`);
  assert.deepEqual(world.carriers, ['tcp']);
});

test('a stream that is blocked is left for UDP, which is free again', () => {
  const world = new TwoWays();
  world.isUdpBlocked = true;
  world.talk(5_000);
  world.isUdpBlocked = false;
  world.isStreamBlocked = true;
  const gap = world.talk(5_000);
  assert.ok(gap < 2_500, `${gap} ms without an answer`);
  assert.deepEqual(world.carriers, ['tcp', 'udp']);
});

test('ten minutes of talk over a stream: rekeys go its way, and the path stays pinned', () => {
  const world = new TwoWays();
  world.isUdpBlocked = true;
  world.talk(5_000);
  const gap = world.talk(600_000);
  assert.ok(gap < 500, `${gap} ms without an answer`);
  assert.deepEqual(world.carriers, ['tcp']);
  const sessions = world.pair.alice.eventsOf('handshake-completed').length;
  assert.ok(sessions >= 5 && sessions <= 8, `${sessions} sessions in ten minutes`);
});

test('nothing to say: nothing is sent', () => {
  const world = new TwoWays();
  world.pair.advance(600_000);
  assert.equal(world.pair.network.flights.length, 0);
});
