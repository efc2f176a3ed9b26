/** What we ask of the kernel's routing side, checked by asking `ip`. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before, test } from 'node:test';
import { NetlinkError } from '../../src/platform/linux/netlink/netlink-error.ts';
import { RouteNetlink } from '../../src/platform/linux/netlink/route-netlink.ts';
import type { TunHandle } from '../../src/platform/linux/tun.ts';
import { closeTun, openTun } from '../../src/platform/linux/tun.ts';
import { formatPrefix } from '../../src/protocol/address-text.ts';
import { address, enterPrivateNamespace, prefix, skipWithoutRoot } from '../support/netns-private.ts';

const skip = skipWithoutRoot;
const TABLE = 51820;

let netlink: RouteNetlink;
let tun: TunHandle;
let index: number;

before(() => {
  if (skip !== false) return;
  enterPrivateNamespace();
  netlink = new RouteNetlink();
  tun = openTun({ name: 'awgroute', mtu: 1420 });
  index = netlink.linkIndex('awgroute');
});

after(() => {
  if (skip !== false) return;
  closeTun(tun);
  netlink.close();
});

const ip = (...args: string[]): string => execFileSync('ip', args, { encoding: 'utf8' });

/** That `work` fails with this code, naming the attempt and, if given, the kernel's words. */
function assertRefused(work: () => void, code: string, attempt: string, kernelText?: RegExp): void {
  assert.throws(work, (error) => {
    assert.ok(error instanceof NetlinkError);
    assert.equal(error.code, code, error.message);
    assert.ok(error.message.includes(attempt), error.message);
    if (kernelText !== undefined) assert.match(error.message, kernelText);
    return true;
  });
}

test('a link takes an MTU, comes up, goes down, and changes its name', { skip }, () => {
  netlink.setLink(index, { mtu: 1300, up: true });
  assert.match(ip('link', 'show', 'awgroute'), /UP.* mtu 1300 /);
  assert.deepEqual(netlink.linkDetails(index), netlink.linkDetails('awgroute'));
  assert.equal(netlink.linkDetails(index).mtu, 1300);
  netlink.setLink(index, { up: false });
  assert.equal(netlink.linkDetails(index).up, false);
  netlink.setLink(index, { name: 'awgother' });
  assert.equal(netlink.linkIndex('awgother'), index);
  netlink.setLink(index, { name: 'awgroute', up: true });
  assert.equal(netlink.findLink('awgother'), undefined);
  assertRefused(() => netlink.setLink(index, { mtu: 999999 }), 'EINVAL', `interface ${index} (mtu 999999)`, /maximum/);
  assertRefused(() => netlink.linkIndex('awgother'), 'ENODEV', 'find interface "awgother"');
});

test('addresses of both families are set with their prefix and usable at once', { skip }, () => {
  netlink.addAddress(index, prefix('10.66.0.2/24'));
  netlink.addAddress(index, prefix('fd66::2/64'));
  const shown = ip('address', 'show', 'dev', 'awgroute');
  assert.match(shown, /inet 10\.66\.0\.2\/24/);
  assert.match(shown, /inet6 fd66::2\/64/);
  assert.doesNotMatch(shown, /fd66.*tentative/);
  const listed = netlink.listAddresses(index).map(formatPrefix);
  assert.ok(listed.includes('10.66.0.2/24') && listed.includes('fd66::2/64'), listed.join());
  const again = (): void => netlink.addAddress(index, prefix('10.66.0.2/24'));
  assertRefused(again, 'EEXIST', 'add address 10.66.0.2/24', /already/i);
  assertRefused(() => netlink.addAddress(9999, prefix('10.66.0.2/24')), 'ENODEV', 'interface 9999', /not found/i);
  netlink.deleteAddress(index, prefix('10.66.0.2/24'));
  assert.ok(!netlink.listAddresses(index).map(formatPrefix).includes('10.66.0.2/24'));
});

test('routes of both families go into the table that was asked for', { skip }, () => {
  netlink.addAddress(index, prefix('10.67.0.2/24'));
  netlink.addRoute({ prefix: prefix('0.0.0.0/0'), interfaceIndex: index, table: TABLE });
  netlink.addRoute({ prefix: prefix('::/0'), interfaceIndex: index, table: TABLE });
  netlink.addRoute({ prefix: prefix('10.99.0.0/16'), interfaceIndex: index, metric: 7 });
  netlink.addRoute({ prefix: prefix('10.98.0.0/16'), interfaceIndex: index, gateway: address('10.67.0.9') });
  assert.match(ip('route', 'show', 'table', `${TABLE}`), /^default dev awgroute scope link/);
  assert.match(ip('-6', 'route', 'show', 'table', `${TABLE}`), /^default dev awgroute/);
  assert.match(ip('route', 'show'), /10\.99\.0\.0\/16 dev awgroute scope link metric 7/);
  assert.match(ip('route', 'show'), /10\.98\.0\.0\/16 via 10\.67\.0\.9 dev awgroute/);
  assert.deepEqual(
    netlink.listRoutes(TABLE).map((route) => formatPrefix(route.prefix)),
    ['0.0.0.0/0', '::/0'],
  );
  const main = netlink.listRoutes();
  assert.equal(main.find((route) => formatPrefix(route.prefix) === '10.99.0.0/16')?.metric, 7);
  assert.ok(main.every((route) => route.table === 254));
});

test('routes that cannot be are refused with the reason', { skip }, () => {
  const route = { prefix: prefix('10.99.0.0/16'), interfaceIndex: index, metric: 7 };
  assertRefused(() => netlink.addRoute(route), 'EEXIST', 'add route 10.99.0.0/16');
  const hostBits = { prefix: prefix('10.99.0.1/16'), interfaceIndex: index };
  assertRefused(() => netlink.addRoute(hostBits), 'EINVAL', 'add route 10.99.0.1/16', /invalid prefix/i);
  assertRefused(() => netlink.deleteRoute({ ...route, metric: 8 }), 'ESRCH', 'remove route 10.99.0.0/16');
  netlink.deleteRoute(route);
  assert.doesNotMatch(ip('route', 'show'), /10\.99\.0\.0/);
});

test('a table that nobody knows is empty', { skip }, () => {
  assert.deepEqual(netlink.listRoutes(777777), []);
});

test('the rules of wg-quick, with explicit priorities, in both families', { skip }, () => {
  for (const family of [4, 6] as const) {
    const main = { family, priority: 100, table: 254, suppressPrefixLength: 0 };
    const tunnel = { family, priority: 101, table: TABLE, fwmark: 0xca6c, invert: true };
    netlink.addRule(main);
    netlink.addRule(tunnel);
    const shown = ip(`-${family}`, 'rule');
    assert.match(shown, /100:\s+from all lookup main suppress_prefixlength 0/);
    assert.match(shown, /101:\s+not from all fwmark 0xca6c lookup 51820/);
    const listed = netlink.listRules(family);
    assert.deepEqual(
      listed.find(({ priority }) => priority === 101),
      tunnel,
    );
    assert.deepEqual(
      listed.find(({ priority }) => priority === 100),
      { ...main, invert: false },
    );
    assertRefused(() => netlink.addRule(tunnel), 'EEXIST', `add IPv${family} rule 101`);
    netlink.deleteRule(tunnel);
    netlink.deleteRule(main);
    assertRefused(() => netlink.deleteRule(main), 'ENOENT', `remove IPv${family} rule 100`);
  }
  assert.deepEqual(
    netlink.listRules().filter(({ priority }) => priority === 100 || priority === 101),
    [],
  );
});

test('a conversation survives a listing larger than one receive', { skip }, () => {
  const count = 2000;
  for (let i = 0; i < count; i++) {
    netlink.addRoute({ prefix: prefix(`172.16.${i >> 8}.${i & 255}/32`), interfaceIndex: index, table: 4242 });
  }
  assert.equal(netlink.listRoutes(4242).length, count);
  assert.equal(netlink.linkDetails(index).name, 'awgroute');
});
