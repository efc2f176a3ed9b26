import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { covers, formatAddress, parseAddress } from '../../protocol/address-text.ts';
import type { Prefix } from '../../protocol/engine-port.ts';
import { firstAddress, freeAddress } from './address-pool.ts';

function prefix(text: string): Prefix {
  const [address = '', length] = text.split('/');
  return { address: parseAddress(address) ?? new Uint8Array(4), length: Number(length) };
}

function free(network: string, ...taken: readonly string[]): string | undefined {
  const address = freeAddress(prefix(network), taken.map(prefix));
  return address && formatAddress(address);
}

test('the lowest address that nobody has, never that of the network or for broadcasts', () => {
  assert.equal(free('10.8.0.1/24'), '10.8.0.1');
  assert.equal(free('10.8.0.1/24', '10.8.0.1/32', '10.8.0.3/32', 'fd00::2/128'), '10.8.0.2');
  assert.equal(free('10.8.0.1/24', '10.8.0.2/32', '10.8.0.1/32'), '10.8.0.3');
  assert.equal(free('10.8.0.1/24', '10.8.0.0/25'), '10.8.0.128');
  assert.equal(free('10.8.0.1/30', '10.8.0.1/32', '10.8.0.2/32'), undefined);
  assert.equal(free('fd00::1/64', 'fd00::1/128', 'fd00::2/127'), 'fd00::4');
  assert.equal(formatAddress(firstAddress(prefix('fd00:1::/64'))), 'fd00:1::1');
});

test('a prefix around the whole network leaves nothing', () => {
  assert.equal(free('10.8.0.1/24', '0.0.0.0/0'), undefined);
  assert.equal(free('fd00::1/64', '::/0'), undefined);
});

test('the largest network takes no longer than the smallest', () => {
  const taken = Array.from({ length: 3000 }, (_, index) => prefix(`fd00::${(index + 1).toString(16)}/128`));
  const began = performance.now();
  assert.equal(formatAddress(freeAddress(prefix('fd00::1/32'), taken) ?? new Uint8Array(16)), 'fd00::bb9');
  assert.ok(performance.now() - began < 2000);
});

test('agrees with trying every address in turn', () => {
  const host = fc.integer({ min: 0, max: 63 }).map((low) => `192.0.2.${low}`);
  const taken = fc.array(fc.tuple(host, fc.integer({ min: 27, max: 32 })), { maxLength: 40 });
  fc.assert(
    fc.property(fc.integer({ min: 26, max: 30 }), taken, (length, list) => {
      const network = prefix(`192.0.2.0/${length}`);
      const spans = list.map(([address, bits]) => prefix(`${address}/${bits}`));
      const hosts = Array.from({ length: 2 ** (32 - length) - 2 }, (_, index) => Uint8Array.of(192, 0, 2, index + 1));
      const expected = hosts.find((address) => !spans.some((span) => covers(span, { address, length: 32 })));
      assert.deepEqual(freeAddress(network, spans), expected);
    }),
  );
});
