import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ListedChain } from '../platform/linux/nft.ts';
import { formatPrefix, parseAddress } from '../protocol/address-text.ts';
import type { Prefix } from '../protocol/engine-port.ts';
import { filterTableOf, isFilterTable } from './filter-table.ts';
import { interfacesWithLearnedRoute } from './forwarding.ts';
import { masqueradeChains, strangersThatDrop, tunnelNetworks } from './masquerade.ts';

function prefix(text: string): Prefix {
  const [address = '', length] = text.split('/');
  return { address: parseAddress(address) ?? new Uint8Array(4), length: Number(length) };
}

test('what is masqueraded are the networks of the addresses', () => {
  const networks = tunnelNetworks(['10.8.0.1/24', '10.9.0.1/32', 'fd00::1/64', 'fd01::1/128'].map(prefix));
  assert.deepEqual(networks.map(formatPrefix), ['10.8.0.0/24', 'fd00::/64']);
  const [nat, forward] = masqueradeChains('wg0', networks);
  assert.deepEqual(nat?.rules, [
    'ip saddr 10.8.0.0/24 oifname != "wg0" counter masquerade',
    'ip6 saddr fd00::/64 oifname != "wg0" counter masquerade',
  ]);
  assert.ok(forward?.rules.includes('iifname "wg0" counter accept'));
  assert.ok(forward.rules.includes('oifname "wg0" counter accept'));
});

test('names of interfaces become names of tables, each another one', () => {
  const names = ['wg0', 'wg+', 'wg=', 'wg-2.b', 'wg2b', 'wgé'];
  const tables = names.map(filterTableOf);
  assert.deepEqual(tables.slice(0, 4), ['awg-vpn-wg0', 'awg-vpn-wg/2b', 'awg-vpn-wg/3d', 'awg-vpn-wg-2.b']);
  assert.equal(new Set(tables).size, names.length);
  assert.ok(tables.every(isFilterTable));
  for (const other of ['filter', 'awg-vpn-', 'awg-vpn-a b', 'awg-vpn-a;x', 'awg-vpn-{'])
    assert.ok(!isFilterTable(other));
});

test('only chains of others that drop forwarded packets of either family are worth a word', () => {
  const chain: ListedChain = { family: 'ip', table: 'filter', name: 'FORWARD', hook: 'forward', policy: 'drop' };
  const chains: ListedChain[] = [
    chain,
    { ...chain, policy: 'accept' },
    { ...chain, hook: 'input' },
    { ...chain, family: 'bridge' },
    { ...chain, family: 'inet', table: 'awg-vpn-wg1' },
    { ...chain, family: 'inet', table: 'firewalld', name: 'filter_FORWARD' },
  ];
  const warnings = strangersThatDrop(chains);
  assert.equal(warnings.length, 2);
  assert.match(warnings[0] ?? '', /"FORWARD" of the table "ip filter" drops/);
  assert.match(warnings[1] ?? '', /"filter_FORWARD" of the table "inet firewalld" drops/);
});

test('routes from router advertisements are told from others', () => {
  const zero = '0'.repeat(32);
  const route = (destination: string, length: string, flags: string, name: string): string =>
    `${destination} ${length} ${zero} 00 fe80000000000000000000000000000a 00000400 00000001 00000000 ${flags}       ${name}`;
  const table = [
    route(zero, '00', '00450003', 'eth0'),
    route(zero, '00', '00450003', 'eth0'),
    route(zero, '00', '00000003', 'eth1'),
    route(`2001${'0'.repeat(28)}`, '40', '00440001', 'eth2'),
    route(zero, '00', '00200200', 'lo'),
    '',
  ].join('\n');
  assert.deepEqual(interfacesWithLearnedRoute(table), ['eth0']);
});
