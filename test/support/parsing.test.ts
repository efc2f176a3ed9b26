/** The rig reads what other programs print: a misread number would make a test pass for nothing. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { generateKeyPair, keyFromHex, keyToHex } from './keys.ts';
import { parsePing } from './ping.ts';
import type { TunnelSettings } from './tunnel-settings.ts';
import { configurationLines, peerStatuses } from './uapi-client.ts';

test('ping statistics, with and without answers', () => {
  const answered = `64 bytes from 10.0.0.2: icmp_seq=1 ttl=64 time=0.512 ms
64 bytes from 10.0.0.2: icmp_seq=3 ttl=64 time=12.5 ms

--- 10.0.0.2 ping statistics ---
3 packets transmitted, 2 received, 33.3333% packet loss, time 2049ms
`;
  assert.deepEqual(parsePing(answered), { sent: 3, received: 2, roundTrips: [0.512, 12.5] });
  const silent = '2 packets transmitted, 0 received, +1 errors, 100% packet loss, time 1001ms';
  assert.deepEqual(parsePing(silent), { sent: 2, received: 0, roundTrips: [] });
  assert.deepEqual(parsePing('ping: unknown host'), { sent: 0, received: 0, roundTrips: [] });
});

test('keys survive the way to hexadecimal and back', () => {
  const { privateKey, publicKey } = generateKeyPair();
  assert.equal(Buffer.from(privateKey, 'base64').length, 32);
  assert.notEqual(privateKey, publicKey);
  assert.equal(keyFromHex(keyToHex(publicKey)), publicKey);
});

test('a configuration becomes UAPI lines, the device first, then peer by peer', () => {
  const peer = { publicKey: keyFromHex('ab'.repeat(32)), allowedIps: ['10.0.0.0/8', 'fd00::/8'], endpoint: '[::1]:5' };
  const settings: TunnelSettings = {
    privateKey: keyFromHex('cd'.repeat(32)),
    listenPort: 7,
    addresses: ['10.0.0.1/32'],
    mtu: 1420,
    obfuscation: { Jc: 4, I1: '<b 0x01><r 2>', HeaderProtectionKey: keyFromHex('ef'.repeat(32)), RandomTrailers: 'on' },
    peers: [peer],
  };
  assert.deepEqual(configurationLines(settings), [
    ['private_key', 'cd'.repeat(32)],
    ['listen_port', '7'],
    ['replace_peers', 'true'],
    ['jc', '4'],
    ['i1', '<b 0x01><r 2>'],
    ['header_protection_key', 'ef'.repeat(32)],
    ['random_trailers', 'true'],
    ['public_key', 'ab'.repeat(32)],
    ['endpoint', '[::1]:5'],
    ['replace_allowed_ips', 'true'],
    ['allowed_ip', '10.0.0.0/8'],
    ['allowed_ip', 'fd00::/8'],
  ]);
});

test('the peers of an answer are told apart', () => {
  const lines = [
    ['listen_port', '7'],
    ['public_key', 'ab'.repeat(32)],
    ['endpoint', '10.0.0.2:51820'],
    ['last_handshake_time_sec', '1700000000'],
    ['tx_bytes', '148'],
    ['rx_bytes', '92'],
    ['public_key', 'cd'.repeat(32)],
  ] as const;
  assert.deepEqual(peerStatuses(lines), [
    {
      publicKey: keyFromHex('ab'.repeat(32)),
      endpoint: '10.0.0.2:51820',
      latestHandshake: 1_700_000_000,
      receivedBytes: 92,
      sentBytes: 148,
    },
    { publicKey: keyFromHex('cd'.repeat(32)), endpoint: undefined, latestHandshake: 0, receivedBytes: 0, sentBytes: 0 },
  ]);
});
