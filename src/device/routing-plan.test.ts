import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatPrefix, parseAddress } from '../protocol/address-text.ts';
import type { Prefix } from '../protocol/engine-port.ts';
import { defaultMtu } from './mtu.ts';
import { planRoutes } from './routing-plan.ts';

function prefixes(...texts: readonly string[]): Prefix[] {
  return texts.map((text) => {
    const [address = '', length = ''] = text.split('/');
    return { address: parseAddress(address) ?? new Uint8Array(), length: Number(length) };
  });
}

function plan(table: 'auto' | 'off' | number, allowedIps: readonly string[], addresses: readonly string[]) {
  const { routes, defaultFamilies } = planRoutes(table, prefixes(...allowedIps), prefixes(...addresses));
  return { routes: routes.map((route) => `${formatPrefix(route.prefix)} ${route.table}`), defaultFamilies };
}

test('routes go to the main table, longest prefix first, without repetition', () => {
  assert.deepEqual(plan('auto', ['10.0.0.0/8', '10.1.0.0/16', 'fd00::/64', '10.0.0.0/8'], []), {
    routes: ['fd00::/64 254', '10.1.0.0/16 254', '10.0.0.0/8 254'],
    defaultFamilies: [],
  });
});

test('what the network of an address already covers needs no route', () => {
  assert.deepEqual(plan('auto', ['10.8.0.2/32', '10.8.0.0/24', '10.8.0.0/16'], ['10.8.0.1/24', '10.9.0.1/32']).routes, [
    '10.8.0.0/16 254',
  ]);
});

test('a default route is left to policy routing, per family', () => {
  assert.deepEqual(plan('auto', ['0.0.0.0/0', '::/0', '192.0.2.0/24'], ['10.0.0.2/32']), {
    routes: ['192.0.2.0/24 254'],
    defaultFamilies: [4, 6],
  });
  assert.deepEqual(plan('auto', ['::/0'], []).defaultFamilies, [6]);
});

test('two halves of the address space are plain routes, as in wg-quick', () => {
  assert.deepEqual(plan('auto', ['0.0.0.0/1', '128.0.0.0/1'], []), {
    routes: ['0.0.0.0/1 254', '128.0.0.0/1 254'],
    defaultFamilies: [],
  });
});

test('a table of its own gets every route, the default one too; off gets none', () => {
  assert.deepEqual(plan(7, ['0.0.0.0/0', '10.8.0.0/24'], ['10.8.0.1/24']), {
    routes: ['10.8.0.0/24 7', '0.0.0.0/0 7'],
    defaultFamilies: [],
  });
  assert.deepEqual(plan('off', ['0.0.0.0/0', '10.8.0.0/24'], []), { routes: [], defaultFamilies: [] });
});

test('the default MTU leaves room for IPv6, UDP, the message and S4', () => {
  assert.equal(defaultMtu(undefined, 0, true), 1420);
  assert.equal(defaultMtu(1500, 25, true), 1395);
  assert.equal(defaultMtu(1492, 0, true), 1412);
  assert.equal(defaultMtu(9000, 0, true), 8920);
  assert.equal(defaultMtu(65536, 100, true), 64868, 'one message fits one run');
});

test('on a narrow path the default MTU stays one that the families inside can live with', () => {
  assert.equal(defaultMtu(600, 500, false), 576);
  assert.equal(defaultMtu(1280, 0, false), 1200);
  assert.equal(defaultMtu(1280, 0, true), 1280);
});
