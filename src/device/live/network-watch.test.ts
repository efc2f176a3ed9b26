import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { test } from 'node:test';
import { FakePlatform, PEER_KEY, settings } from '../../../test/support/fake-platform.ts';
import { Device } from '../device.ts';

const NEXT_WAY = '3 192.0.2.254 198.51.100.7';

/** A device whose peer has been asked for a session: a handshake is going on. */
async function handshaking(context: TestContext): Promise<{ platform: FakePlatform; sent: () => number }> {
  context.mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
  const platform = new FakePlatform();
  const device = await Device.open(settings(), { platform });
  context.after(() => device.close());
  const peer = platform.commands.find((command) => command.kind === 'add-peer')?.peer;
  assert.ok(peer !== undefined);
  platform.listener?.onEvents([{ kind: 'session-wanted', peer }]);
  const sent = (): number => platform.commands.filter((command) => command.kind === 'transmit').length;
  assert.equal(sent(), 1);
  return { platform, sent };
}

/** Long enough for changes to settle, much shorter than a handshake's repetition. */
function settle(context: TestContext): void {
  context.mock.timers.tick(1100);
}

test('a peer that is reached another way is greeted anew, once', async (context) => {
  const { platform, sent } = await handshaking(context);
  platform.way = NEXT_WAY;
  for (let count = 0; count < 20; count++) platform.networkChanged?.();
  context.mock.timers.tick(150);
  assert.equal(sent(), 1, 'changes come in swarms');
  settle(context);
  assert.equal(sent(), 2);
  platform.networkChanged?.();
  settle(context);
  assert.equal(sent(), 2, 'the way is the same as before');
});

test('a way that was gone and is back is another one; none is nothing to greet by', async (context) => {
  const { platform, sent } = await handshaking(context);
  const { way } = platform;
  platform.way = undefined;
  platform.networkChanged?.();
  settle(context);
  assert.equal(sent(), 1);
  platform.way = way;
  platform.networkChanged?.();
  settle(context);
  assert.equal(sent(), 2);
});

test('a machine that has slept greets its peers', async (context) => {
  const { platform, sent } = await handshaking(context);
  platform.sleptFor += 400;
  settle(context);
  assert.equal(sent(), 1, 'clocks are not exact');
  platform.sleptFor += 60_000;
  settle(context);
  assert.equal(sent(), 2);
  settle(context);
  assert.equal(sent(), 2);
});

test('another MTU of the interface is noticed', async (context) => {
  const { platform } = await handshaking(context);
  platform.linkMtu = 1234;
  platform.networkChanged?.();
  settle(context);
  assert.equal(platform.log.at(-1), 'engine mtu 1234');
});

test('without reports of the kernel there is a warning and a tunnel', async () => {
  const platform = new FakePlatform();
  platform.watchNetwork = () => {
    throw new Error('not permitted');
  };
  const warnings: string[] = [];
  const device = await Device.open(settings(), {
    platform,
    listener: { onWarning: (text) => void warnings.push(text) },
  });
  assert.match(warnings.join(), /changes of the network are not noticed at once: not permitted/);
  assert.deepEqual(device.configuration().peers[0]?.publicKey, PEER_KEY);
  await device.close();
});

test('routes and addresses that went with an interface set down are put back when it is up again', async (context) => {
  context.mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
  const platform = new FakePlatform();
  const warnings: string[] = [];
  const onWarning = (warning: string): void => void warnings.push(warning);
  const device = await Device.open(settings({}, ['10.0.0.0/8', '::/0']), { platform, listener: { onWarning } });
  context.after(() => device.close());
  platform.isUp = false;
  platform.networkChanged?.();
  settle(context);
  platform.addresses = [];
  platform.log.length = 0;
  platform.isUp = true;
  platform.networkChanged?.();
  settle(context);
  assert.deepEqual(platform.log, ['address 10.0.0.2/32', 'route 10.0.0.0/8 table 254', 'route ::/0 table 51820']);
  assert.match(warnings.join('\n'), /wg0 was set down.*\n.*wg0 is up again/);
  platform.log.length = 0;
  platform.networkChanged?.();
  settle(context);
  assert.deepEqual(platform.log, [], 'once');
});
