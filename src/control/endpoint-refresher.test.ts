import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { FakePlatform, PEER_KEY, settings } from '../../test/support/fake-platform.ts';
import { Device } from '../device/device.ts';
import { formatAddress } from '../protocol/address-text.ts';
import type { PeerId } from '../protocol/engine-port.ts';
import type { TunnelEvent } from '../protocol/tunnel-event.ts';
import { parseConfig } from './config/parse.ts';
import { EndpointRefresher } from './endpoint-refresher.ts';

const PRIVATE = Buffer.alloc(32, 7).toString('base64');
const PUBLIC = Buffer.from(PEER_KEY).toString('base64');
const PEER = 0 as PeerId;
const SENT: TunnelEvent = { kind: 'handshake-sent', peer: PEER, attempt: 1 };
const GAVE_UP: TunnelEvent = { kind: 'handshake-gave-up', peer: PEER, attempts: 20 };
const COMPLETED: TunnelEvent = {
  kind: 'handshake-completed',
  peer: PEER,
  role: 'initiator',
  endpoint: { address: Uint8Array.of(192, 0, 2, 1), port: 51820, scopeId: 0 },
  tookMilliseconds: 3,
};

function configOf(endpoint: string) {
  const text = `[Interface]\nPrivateKey = ${PRIVATE}\n[Peer]\nPublicKey = ${PUBLIC}\nEndpoint = ${endpoint}\nAllowedIPs = 10.0.0.0/8\n`;
  return parseConfig(text, 'wg0.conf');
}

/** A peer at 192.0.2.1:51820, and what its name says. */
class World {
  now = 0;
  answers: readonly string[] = ['192.0.2.1'];
  failure: Error | undefined;
  readonly asked: string[] = [];
  readonly notices: string[] = [];
  readonly device: Device;
  readonly refresher: EndpointRefresher;

  private constructor(device: Device, endpoint: string) {
    this.device = device;
    this.refresher = new EndpointRefresher({
      device,
      now: () => this.now,
      addressesOf: async (host) => {
        this.asked.push(host);
        if (this.failure !== undefined) throw this.failure;
        return this.answers;
      },
      onNotice: (notice) => void this.notices.push(notice),
    });
    this.refresher.use(configOf(endpoint));
  }

  static async create(context: TestContext, endpoint = 'vpn.example.net:51820'): Promise<World> {
    const device = await Device.open(settings(), { platform: new FakePlatform() });
    const world = new World(device, endpoint);
    context.after(async () => {
      world.refresher.close();
      await device.close();
    });
    return world;
  }

  /** Where the peer is taken to be. */
  get place(): string {
    const endpoint = this.device.snapshot().peers[0]?.endpoint;
    return endpoint === undefined ? 'nowhere' : `${formatAddress(endpoint.address)}:${endpoint.port}`;
  }

  async hear(...events: readonly TunnelEvent[]): Promise<void> {
    for (const event of events) this.refresher.handleEvent(event, PEER_KEY);
    for (let turns = 0; turns < 5; turns++) await turn();
  }
}

test('a peer that does not answer is looked for where its name is now', async (context) => {
  const world = await World.create(context);
  world.answers = ['192.0.2.9', '192.0.2.10'];
  await world.hear(SENT);
  world.now = 29_000;
  await world.hear(SENT);
  assert.deepEqual(world.asked, []);
  world.now = 31_000;
  await world.hear(SENT);
  assert.deepEqual([world.asked, world.place], [['vpn.example.net'], '192.0.2.9:51820']);
  assert.deepEqual(world.notices, ['"vpn.example.net" is tried at 192.0.2.9:51820 now']);
  world.now = 40_000;
  await world.hear(SENT, GAVE_UP);
  assert.equal(world.asked.length, 1, 'nobody is asked twice in half a minute');
  world.now = 62_000;
  await world.hear(GAVE_UP);
  assert.equal(world.place, '192.0.2.10:51820', 'of several addresses the next');
});

test('a peer that answers is left where it is, wherever its name is', async (context) => {
  const world = await World.create(context);
  await world.hear(SENT, COMPLETED);
  world.now = 60_000;
  world.answers = ['192.0.2.9'];
  await world.hear(SENT, COMPLETED);
  assert.deepEqual(world.asked, []);
});

test('every half hour names are asked, and one of several addresses is as good as another', async (context) => {
  const world = await World.create(context);
  world.answers = ['192.0.2.2', '192.0.2.1'];
  await world.refresher.refreshAll();
  assert.deepEqual([world.place, world.asked.length], ['192.0.2.1:51820', 1]);
  world.answers = ['192.0.2.2', '192.0.2.3'];
  await world.refresher.refreshAll();
  assert.equal(world.place, '192.0.2.2:51820');
});

test('a name that cannot be resolved changes nothing', async (context) => {
  const world = await World.create(context);
  world.failure = new Error('getaddrinfo EAI_AGAIN');
  await world.hear(GAVE_UP);
  assert.equal(world.place, '192.0.2.1:51820');
  assert.match(world.notices.join(), /not resolved again: getaddrinfo EAI_AGAIN/);
  world.failure = undefined;
  world.answers = [];
  world.now = 60_000;
  await world.hear(GAVE_UP);
  assert.equal(world.place, '192.0.2.1:51820');
});

test('addresses are no names; another configuration has other names', async (context) => {
  const world = await World.create(context, '192.0.2.1:51820');
  await world.hear(GAVE_UP);
  assert.deepEqual(world.asked, []);
  world.refresher.use(configOf('other.example.net:4000'));
  world.answers = ['192.0.2.1'];
  await world.hear(GAVE_UP);
  assert.deepEqual(
    [world.asked, world.place],
    [['other.example.net'], '192.0.2.1:4000'],
    'another port is another place',
  );
});

test('after its end nothing is moved', async (context) => {
  const world = await World.create(context);
  world.answers = ['192.0.2.9'];
  world.refresher.close();
  await world.hear(GAVE_UP);
  assert.equal(world.place, '192.0.2.1:51820');
});
