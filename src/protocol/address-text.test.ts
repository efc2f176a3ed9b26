import assert from 'node:assert/strict';
import { isIP } from 'node:net';
import { test } from 'node:test';
import fc from 'fast-check';
import { covers, formatAddress, formatEndpoint, formatPrefix, maskPrefix, parseAddress } from './address-text.ts';

function prefix(text: string): { address: Uint8Array; length: number } {
  const [address = '', length] = text.split('/');
  const bytes = parseAddress(address);
  assert.ok(bytes !== undefined, text);
  return { address: bytes, length: Number(length) };
}

test('reads and writes the canonical forms', () => {
  const canonical = [
    '0.0.0.0',
    '192.0.2.255',
    '::',
    '::1',
    '2001:db8::1',
    'fe80::1:0:0:1',
    '1:0:2:3:4:5:6:7',
    '1::',
    '1:2:3:4:5:6:7:8',
  ];
  for (const text of canonical) assert.equal(formatAddress(parseAddress(text) ?? new Uint8Array()), text);
});

test('reads the other legal forms', () => {
  assert.equal(formatAddress(parseAddress('2001:DB8:0:0:0:0:0:1') ?? new Uint8Array()), '2001:db8::1');
  assert.equal(formatAddress(parseAddress('::ffff:192.0.2.1') ?? new Uint8Array()), '::ffff:c000:201');
  assert.equal(formatAddress(parseAddress('0:0:0:0:0:0:192.0.2.1') ?? new Uint8Array()), '::c000:201');
});

test('refuses what is not an address', () => {
  const wrong = [
    '',
    ' ',
    '1.2.3',
    '1.2.3.256',
    '01.2.3.4',
    '1.2.3.4.5',
    '1.2.3.-4',
    ':',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '12345::',
    '::g',
    '1:2:3:4:5:6:7:8:9',
    '1.2.3.4::',
    '::1%eth0',
    '1:2:3:4:5:6:7:8::',
    ':1::',
  ];
  for (const text of wrong) assert.equal(parseAddress(text), undefined, JSON.stringify(text));
});

test('every address survives the round trip', () => {
  const bytes = fc.oneof(
    fc.uint8Array({ minLength: 4, maxLength: 4 }),
    fc.uint8Array({ minLength: 16, maxLength: 16 }),
  );
  fc.assert(
    fc.property(bytes, (address) => {
      const text = formatAddress(address);
      assert.equal(isIP(text), address.length === 4 ? 4 : 6);
      assert.deepEqual(parseAddress(text), Uint8Array.from(address));
    }),
  );
});

test('agrees with node:net on what an IPv6 address is', () => {
  const text = fc
    .array(fc.constantFrom(':', '::', '0', 'ab', 'ffff', '1.2.3.4'), { maxLength: 12 })
    .map((parts) => parts.join(''));
  fc.assert(
    fc.property(text, (candidate) => {
      if (candidate.includes(':'))
        assert.equal(parseAddress(candidate) !== undefined, isIP(candidate) === 6, candidate);
    }),
    { numRuns: 2000 },
  );
});

test('masks host bits and compares prefixes', () => {
  assert.equal(formatPrefix(maskPrefix(prefix('192.0.2.255/25'))), '192.0.2.128/25');
  assert.equal(formatPrefix(maskPrefix(prefix('2001:db8:ffff::1/33'))), '2001:db8:8000::/33');
  assert.equal(formatPrefix(maskPrefix(prefix('255.255.255.255/0'))), '0.0.0.0/0');
  assert.ok(covers(prefix('10.0.0.9/8'), prefix('10.1.2.3/32')));
  assert.ok(!covers(prefix('10.1.0.0/16'), prefix('10.0.0.0/8')));
  assert.ok(!covers(prefix('0.0.0.0/0'), prefix('::/0')));
});

test('writes endpoints with brackets and zone', () => {
  assert.equal(formatEndpoint({ address: Uint8Array.of(192, 0, 2, 1), port: 51820, scopeId: 0 }), '192.0.2.1:51820');
  assert.equal(
    formatEndpoint({ address: parseAddress('fe80::1') ?? new Uint8Array(), port: 1, scopeId: 3 }),
    '[fe80::1%3]:1',
  );
});
