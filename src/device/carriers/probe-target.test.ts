import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatAddress, parseAddress } from '../../protocol/address-text.ts';
import type { Prefix } from '../../protocol/engine-port.ts';
import { chooseProbeTarget } from './probe-target.ts';

function prefix(text: string): Prefix {
  const [host = '', length] = text.split('/');
  return { address: parseAddress(host) ?? new Uint8Array(), length: Number(length) };
}

function choose(addresses: readonly string[], allowedIps: readonly string[]): string | undefined {
  const target = chooseProbeTarget(addresses.map(prefix), allowedIps.map(prefix));
  return target && `${formatAddress(target.source)} > ${formatAddress(target.destination)}`;
}

const cases: readonly (readonly [what: string, own: string[], allowed: string[], expected: string | undefined])[] = [
  ['a single host is the peer itself', ['10.0.0.2/24'], ['192.168.7.0/24', '10.0.0.9/32'], '10.0.0.2 > 10.0.0.9'],
  ['else the first host of our subnet', ['10.0.0.2/24'], ['0.0.0.0/0'], '10.0.0.2 > 10.0.0.1'],
  ['or the second, if we are the first', ['10.0.0.1/24'], ['10.0.0.0/24'], '10.0.0.1 > 10.0.0.2'],
  ['of an address without a subnet, the usual one', ['10.8.1.7/32'], ['0.0.0.0/0'], '10.8.1.7 > 10.8.1.1'],
  ['else whatever is allowed', ['10.0.0.2/24'], ['172.16.5.0/24'], '10.0.0.2 > 172.16.5.1'],
  ['we do not ask ourselves', ['10.0.0.2/32'], ['10.0.0.2/32'], undefined],
  ['the other family, where the first has nothing', ['10.0.0.2/24', 'fd00::2/64'], ['fd00::/64'], 'fd00::2 > fd00::1'],
  [
    'a host of one family before a guess of the other',
    ['10.0.0.2/24', 'fd00::2/64'],
    ['0.0.0.0/0', 'fd00::9/128'],
    'fd00::2 > fd00::9',
  ],
  ['IPv6 without a subnet', ['fd00::1:7/128'], ['::/0'], 'fd00::1:7 > fd00::1'],
  ['nothing to ask with', [], ['0.0.0.0/0'], undefined],
  ['nobody to ask', ['10.0.0.2/24'], ['::/0'], undefined],
];

for (const [what, own, allowed, expected] of cases) {
  test(what, () => assert.equal(choose(own, allowed), expected));
}
