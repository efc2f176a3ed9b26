import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ListedRoute } from '../../platform/linux/netlink/routes.ts';
import { address } from '../../testing/addresses.ts';
import type { NetworkView } from './network-identity.ts';
import { networkIdentity } from './network-identity.ts';

const TUNNEL = 9;
const ARP = `IP address       HW type     Flags       HW address            Mask     Device
192.168.1.7      0x1         0x2         11:22:33:44:55:66     *        wlan0
192.168.1.1      0x1         0x2         aa:bb:cc:dd:ee:ff     *        wlan0
192.168.9.1      0x1         0x0         00:00:00:00:00:00     *        eth0
`;

function route(interfaceIndex: number, gateway: string | undefined, metric = 100, family: 4 | 6 = 4): ListedRoute {
  const prefix = { address: new Uint8Array(family === 4 ? 4 : 16), length: 0 };
  return {
    prefix,
    interfaceIndex,
    table: 254,
    metric,
    ...(gateway === undefined ? {} : { gateway: address(gateway) }),
  };
}

function identify(...routes: readonly ListedRoute[]): string | undefined {
  const network: NetworkView = {
    listRoutes: () => [...routes],
    listAddresses: () => [
      { address: address('fe80::7'), length: 64 },
      { address: address('100.64.3.2'), length: 16 },
    ],
  };
  return networkIdentity(network, TUNNEL, () => ARP);
}

test('the router of the default route, by its hardware address', () => {
  assert.equal(identify(route(2, '192.168.1.1')), '192.168.1.1 aa:bb:cc:dd:ee:ff');
});

test('the preferred route counts, and our own never', () => {
  const routes = [route(2, '192.168.9.1', 600), route(3, '192.168.1.1', 100), route(TUNNEL, undefined, 0)];
  assert.equal(identify(...routes), '192.168.1.1 aa:bb:cc:dd:ee:ff');
  const specific = { ...route(4, '192.168.1.7', 0), prefix: { address: address('10.0.0.0'), length: 8 } };
  assert.equal(identify(specific, route(3, '192.168.1.1')), '192.168.1.1 aa:bb:cc:dd:ee:ff');
});

test('a router that has not been asked for its address yet is not another network', () => {
  assert.equal(identify(route(2, '192.168.9.1')), undefined);
  assert.equal(identify(route(2, '192.168.77.1')), undefined);
  assert.equal(identify(), undefined);
});

test('without a router, and behind an IPv6 router, the subnets of the interface', () => {
  assert.equal(identify(route(2, undefined)), '100.64.0.0/16 fe80::/64');
  assert.equal(identify(route(2, 'fe80::1', 100, 6)), 'fe80::1 100.64.0.0/16 fe80::/64');
});

test('where the system does not tell, nothing is told', () => {
  const network: NetworkView = {
    listRoutes: () => {
      throw new Error('no netlink here');
    },
    listAddresses: () => [],
  };
  assert.equal(networkIdentity(network, TUNNEL), undefined);
});
