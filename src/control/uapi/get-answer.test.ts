import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DeviceConfiguration } from '../../device/live/device-change.ts';
import { exactly } from '../../protocol/range.ts';
import { getAnswer } from './get-answer.ts';

const HEADERS = { h1: exactly(1), h2: exactly(2), h3: exactly(3), h4: exactly(4) };
const ZERO = '00'.repeat(32);
const key = (fill: number): Uint8Array => new Uint8Array(32).fill(fill);

const BARE: DeviceConfiguration = {
  name: 'wg0',
  hasPrivateKey: false,
  privateKey: undefined,
  publicKey: undefined,
  listenPort: 0,
  fwmark: 0,
  parameters: HEADERS,
  peers: [],
};

test('a device that knows nothing yet', () => {
  assert.equal(getAnswer(BARE), 'h1=1\nh2=2\nh3=3\nh4=4\nrandom_trailers=0\ndisable_cookies=0\n');
});

const FULL: DeviceConfiguration = {
  ...BARE,
  privateKey: key(1),
  listenPort: 51820,
  fwmark: 7,
  parameters: {
    jc: 4,
    jmin: 40,
    jmax: 70,
    s1: 12,
    s2: 13,
    s3: 14,
    s4: 15,
    ...HEADERS,
    h4: { low: 5, high: 9 },
    i1: '<b 0x01>',
    i3: '<r 3> = <t>',
    headerProtectionKey: key(2),
    contentPaddingAddition: exactly(3),
    rekeyAfterTime: exactly(100),
    rekeyTimeout: { low: 3, high: 7 },
    rejectAfterTime: exactly(150),
    keepaliveTimeout: exactly(9),
    maxHandshakeAttempts: exactly(6),
    randomTrailers: true,
    generation: '3.1',
  },
  peers: [
    {
      publicKey: key(3),
      presharedKey: key(4),
      endpoint: { address: Uint8Array.of(192, 0, 2, 1), port: 5, scopeId: 0 },
      allowedIps: [{ address: Uint8Array.of(10, 0, 0, 0), length: 8 }],
      persistentKeepalive: { low: 20, high: 30 },
      lastHandshake: 1_700_000_000_250.5 as DeviceConfiguration['peers'][number]['lastHandshake'],
      receivedBytes: 2 ** 40,
      sentBytes: 9,
      carriers: [],
    },
    {
      publicKey: key(5),
      presharedKey: undefined,
      endpoint: undefined,
      allowedIps: [],
      persistentKeepalive: 0,
      lastHandshake: 0,
      receivedBytes: 0,
      sentBytes: 0,
      carriers: [],
    },
  ],
};

test('everything, in the order of upstream', () => {
  const hex = (fill: number): string => Buffer.from(key(fill)).toString('hex');
  assert.deepEqual(getAnswer(FULL).trimEnd().split('\n'), [
    `private_key=${hex(1)}`,
    'listen_port=51820',
    'fwmark=7',
    'jc=4',
    'jmin=40',
    'jmax=70',
    's1=12',
    's2=13',
    's3=14',
    's4=15',
    'h1=1',
    'h2=2',
    'h3=3',
    'h4=5-9',
    'i1=<b 0x01>',
    'i3=<r 3> = <t>',
    `header_protection_key=${hex(2)}`,
    'content_padding_addition=3',
    'rekey_after_time=100',
    'rekey_timeout=3-7',
    'reject_after_time=150',
    'keepalive_timeout=9',
    'max_handshake_attempts=6',
    'random_trailers=1',
    'disable_cookies=0',
    `public_key=${hex(3)}`,
    `preshared_key=${hex(4)}`,
    'protocol_version=1',
    'endpoint=192.0.2.1:5',
    'last_handshake_time_sec=1700000000',
    'last_handshake_time_nsec=250500000',
    'tx_bytes=9',
    'rx_bytes=1099511627776',
    'persistent_keepalive_interval=20-30',
    'allowed_ip=10.0.0.0/8',
    `public_key=${hex(5)}`,
    `preshared_key=${ZERO}`,
    'protocol_version=1',
    'last_handshake_time_sec=0',
    'last_handshake_time_nsec=0',
    'tx_bytes=0',
    'rx_bytes=0',
  ]);
});
