import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PeerReport, TunnelReport } from '../../control/report.ts';
import { agoText, bytesText, renderTunnel } from './human.ts';

const QUIET: PeerReport = {
  publicKey: 'quiet=',
  presharedKey: false,
  endpoint: null,
  transport: null,
  allowedIps: [],
  latestHandshake: null,
  receivedBytes: 0,
  sentBytes: 0,
  persistentKeepalive: 0,
};

const BUSY: PeerReport = {
  publicKey: 'busy=',
  presharedKey: true,
  endpoint: '192.0.2.1:51820',
  transport: { name: 'udp', endpoint: '192.0.2.1:51820', reason: null, since: null },
  allowedIps: ['10.0.0.0/8', 'fd00::/64'],
  latestHandshake: 940,
  receivedBytes: 2048,
  sentBytes: 5_000_000,
  persistentKeepalive: 25,
};

const REPORT: TunnelReport = {
  name: 'wg0',
  publicKey: 'own=',
  listenPort: 51820,
  fwmark: 51820,
  mtu: 1395,
  kernel: 'wasm-simd',
  process: 7,
  obfuscation: { jc: 4, h1: '100-200' },
  peers: [QUIET, BUSY],
  drops: { 'bad-tag': 2, replayed: 1 },
  listeners: [],
  streams: null,
};

test('looks like wg show: peers by latest handshake, secrets hidden, what is unset left out', () => {
  assert.equal(
    renderTunnel(REPORT, 1_000_000),
    `interface: wg0
  public key: own=
  private key: (hidden)
  listening port: 51820
  fwmark: 0xca6c
  mtu: 1395
  jc: 4
  h1: 100-200
  dropped: 2 bad-tag, 1 replayed

peer: busy=
  preshared key: (hidden)
  endpoint: 192.0.2.1:51820
  allowed ips: 10.0.0.0/8, fd00::/64
  latest handshake: 1 minute ago
  transfer: 2.00 KiB received, 4.77 MiB sent
  persistent keepalive: every 25 seconds

peer: quiet=
  allowed ips: (none)
`,
  );
});

test('what carries a peer is shown where it is not simply UDP', () => {
  const shown = (transport: PeerReport['transport']): string[] =>
    renderTunnel({ ...REPORT, peers: [{ ...BUSY, transport }] }, 1_000_000)
      .split('\n')
      .filter((line) => line.includes('transport'));
  const tcp = { name: 'tcp', endpoint: '203.0.113.7:443' } as const;
  assert.deepEqual(shown({ ...tcp, reason: 'no answer over udp for 1.2 s', since: 988 }), [
    '  transport: tcp 203.0.113.7:443 (since 12 seconds ago: no answer over udp for 1.2 s)',
  ]);
  assert.deepEqual(shown({ ...tcp, reason: null, since: null }), ['  transport: tcp 203.0.113.7:443']);
  assert.deepEqual(shown({ ...tcp, name: 'udp', reason: 'answered 3 of 3 probes', since: 940 }), [
    '  transport: udp 203.0.113.7:443 (since 1 minute ago: answered 3 of 3 probes)',
  ]);
  assert.deepEqual(shown({ ...tcp, name: 'udp', reason: null, since: null }), []);
  assert.deepEqual(shown(null), []);
});

test('stream listeners are listed', () => {
  const listeners = [
    { kind: 'tcp', address: '*:443' },
    { kind: 'websocket', address: 'ws://127.0.0.1:8080/x' },
  ] as const;
  const lines = renderTunnel({ ...REPORT, listeners, peers: [] }, 0).split('\n');
  assert.deepEqual(lines.slice(3, 6), [
    '  listening port: 51820',
    '  listening tcp: *:443',
    '  listening websocket: ws://127.0.0.1:8080/x',
  ]);
});

test('times', () => {
  assert.equal(agoText(0.4), 'now');
  assert.equal(agoText(1), '1 second ago');
  assert.equal(agoText(3723), '1 hour, 2 minutes, 3 seconds ago');
  assert.equal(agoText(86_400 * 366), '1 year, 1 day ago');
  assert.match(agoText(-5), /in the future/);
});

test('sizes', () => {
  assert.deepEqual([0, 1023, 1024, 1536, 1024 ** 3, 1024 ** 5].map(bytesText), [
    '0 B',
    '1023 B',
    '1.00 KiB',
    '1.50 KiB',
    '1.00 GiB',
    '1024.00 TiB',
  ]);
});
