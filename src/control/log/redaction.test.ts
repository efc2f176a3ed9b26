import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Redaction } from './redaction.ts';

const hiding = new Redaction({ showEndpoints: false });
const open = new Redaction({ showEndpoints: true });

test('addresses become names, the same for the same address', () => {
  const line = hiding.line('peer AAAA: is now at 192.0.2.1:7, was at 192.0.2.2:7 and 192.0.2.1:7');
  assert.match(line, /^peer AAAA: is now at (<address [0-9a-f]{4}>), was at (?!\1)<address [0-9a-f]{4}> and \1$/);
  assert.notEqual(hiding.line('192.0.2.1'), new Redaction({ showEndpoints: false }).line('192.0.2.1'));
});

const places = [
  '10.0.0.2/32',
  '203.0.113.9',
  '[fd00:c8::1]:51820',
  'fd00::/64',
  '::1',
  '[fe80::1%eth0]:5',
  '::ffff:1.2.3.4',
];

for (const place of places) {
  test(`${place} is an address`, () => {
    assert.match(hiding.line(`from ${place} it came`), /^from <address [0-9a-f]{4}> it came$/);
    assert.equal(open.line(`from ${place} it came`), `from ${place} it came`);
  });
}

const others = [
  'v0.1.0',
  'at 12:30:05',
  'wg0.conf:5: MTU = 9: is too small',
  '00:11:22:33:44:55',
  '1.2.3.4.5',
  'took 1.25 ms',
];

for (const text of others) test(`"${text}" is none`, () => assert.equal(hiding.line(text), text));

test('host names of the configuration, and nothing that only contains one', () => {
  const redaction = new Redaction({ showEndpoints: false });
  redaction.protect([], ['vpn.example.net']);
  assert.match(redaction.line('"vpn.example.net" cannot be resolved'), /^"<host [0-9a-f]{4}>" cannot be resolved$/);
  assert.equal(redaction.line('vpn-example-net'), 'vpn-example-net');
});

test('complaints about a file keep the place and the reason', () => {
  assert.equal(
    hiding.line('wg0.conf:7: Endpoint = somewhere:99999: "99999" is not a port from 1 to 65535'),
    'wg0.conf:7: Endpoint = (hidden): (hidden) is not a port from 1 to 65535',
  );
  assert.equal(
    open.line('wg0.conf:7: S1 = 70000: is not a number from 0 to 65535'),
    'wg0.conf:7: S1 = (hidden): is not a number from 0 to 65535',
  );
  assert.equal(open.line('x:7: H2 = 5-9: overlaps H1 = 7-8'), 'x:7: H2 = (hidden): overlaps H1 = (hidden)');
  const quoting = new Redaction({ showEndpoints: true, quotes: true });
  assert.equal(quoting.line('x:7: S1 = 70000: is too much'), 'x:7: S1 = 70000: is too much');
});

test('a key is found in base64 and hex, whole or cut, however it is written', () => {
  const redaction = new Redaction({ showEndpoints: true });
  const key = Buffer.from(Array.from({ length: 32 }, (_, index) => 255 - index));
  redaction.protect([key], []);
  for (const form of [key.toString('base64'), key.toString('hex'), key.toString('hex').toUpperCase()]) {
    assert.equal(redaction.line(`is ${form} here`), 'is (hidden) here');
    assert.equal(redaction.line(`is ${form.slice(0, 16)} here`), 'is (hidden) here');
  }
  assert.equal(redaction.withoutSecrets(`(${key.toString('base64url')})`), '((hidden))');
});
