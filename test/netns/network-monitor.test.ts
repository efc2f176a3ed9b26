/** Hearing of changes of the network, and asking which way the kernel would take. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { NetworkMonitor } from '../../src/platform/linux/netlink/network-monitor.ts';
import { RouteNetlink } from '../../src/platform/linux/netlink/route-netlink.ts';
import { formatAddress } from '../../src/protocol/address-text.ts';
import { address, enterPrivateNamespace, prefix, skipWithoutRoot } from '../support/netns-private.ts';
import { sleep, waitFor } from '../support/wait.ts';

const skip = skipWithoutRoot;

let netlink: RouteNetlink;
let index: number;

before(() => {
  if (skip !== false) return;
  enterPrivateNamespace();
  netlink = new RouteNetlink();
  netlink.createVeth('awgwatch', 'awgother');
  index = netlink.linkIndex('awgwatch');
});

after(() => {
  if (skip === false) netlink.close();
});

test('links, addresses and routes of both families are heard of when they change, and nothing else', {
  skip,
}, async () => {
  let heard = 0;
  const monitor = new NetworkMonitor(() => (heard += 1));
  const changes = [
    () => netlink.setLink(index, { up: true }),
    () => netlink.addAddress(index, prefix('10.1.2.3/24')),
    () => netlink.addAddress(index, prefix('fd00:1::3/64')),
    () => netlink.addRoute({ prefix: prefix('10.9.0.0/16'), interfaceIndex: index }),
    () => netlink.addRoute({ prefix: prefix('fd00:9::/32'), interfaceIndex: index }),
    () => netlink.deleteRoute({ prefix: prefix('10.9.0.0/16'), interfaceIndex: index }),
    () => netlink.deleteAddress(index, prefix('10.1.2.3/24')),
  ];
  try {
    for (const change of changes) {
      const before = heard;
      change();
      await waitFor(change.toString(), () => heard > before, { timeoutMs: 2000, intervalMs: 5 });
      await sleep(50);
    }
    const before = heard;
    netlink.listRoutes();
    await sleep(100);
    assert.equal(heard, before, 'looking is no change');
  } finally {
    monitor.close();
  }
});

test('the way to an address is known with its source, and none is undefined', { skip }, () => {
  netlink.setLink(netlink.linkIndex('awgother'), { up: true });
  netlink.addAddress(index, prefix('10.4.0.3/24'));
  netlink.addRoute({ prefix: prefix('10.5.0.0/16'), interfaceIndex: index, gateway: address('10.4.0.1') });
  const direct = netlink.chosenRoute(address('10.4.0.9'));
  assert.deepEqual(
    [direct?.interfaceIndex, direct?.gateway, direct?.source && formatAddress(direct.source)],
    [index, undefined, '10.4.0.3'],
  );
  const distant = netlink.chosenRoute(address('10.5.6.7'));
  assert.equal(distant?.gateway && formatAddress(distant.gateway), '10.4.0.1');
  netlink.addRule({ family: 4, priority: 100, table: 777, fwmark: 99 });
  netlink.addRoute({ prefix: prefix('10.5.0.0/16'), interfaceIndex: netlink.linkIndex('lo'), table: 777 });
  assert.equal(netlink.chosenRoute(address('10.5.6.7'), 99)?.interfaceIndex, netlink.linkIndex('lo'));
  assert.equal(netlink.chosenRoute(address('192.0.2.1')), undefined);
  assert.equal(netlink.chosenRoute(address('2001:db8::1')), undefined);
  assert.equal(netlink.chosenRoute(address('fd00:1::9'))?.interfaceIndex, index);
  assert.equal(netlink.chosenRoute(address('fe80::9'), 0, index)?.interfaceIndex, index);
});
