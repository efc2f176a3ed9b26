import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { InterfaceState } from '../../control/uapi/interface-state.ts';
import { parseInterface } from '../../control/uapi/interface-state.ts';
import { fieldLines } from './fields.ts';
import { renderInterface } from './human.ts';
import { paintFor } from './paint.ts';

const PRIVATE = '000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e5f';
const [QUIET, BUSY, SECRET] = ['aa', 'bb', 'cc'].map((byte) => byte.repeat(32));
const [quiet, busy, secret] = [QUIET, BUSY, SECRET].map((hex) => Buffer.from(hex ?? '', 'hex').toString('base64'));

const OWN = [`private_key=${PRIVATE}`, 'listen_port=51820', 'fwmark=51820'];
const PEERS = [
  `public_key=${QUIET}`,
  `preshared_key=${'00'.repeat(32)}`,
  'last_handshake_time_sec=0',
  'rx_bytes=0',
  'tx_bytes=0',
  `public_key=${BUSY}`,
  `preshared_key=${SECRET}`,
  'endpoint=192.0.2.1:51820',
  'last_handshake_time_sec=940',
  'rx_bytes=2048',
  'tx_bytes=5000000',
  'persistent_keepalive_interval=120',
  'allowed_ip=10.0.0.0/8',
  'allowed_ip=fd00::/64',
];

function plain(...more: readonly string[]): InterfaceState {
  return parseInterface('wg0', [...OWN, ...more, ...PEERS]);
}

/** As a daemon of AmneziaWG sends it. */
const HEADERS = ['h1=1', 'h2=2', 'h3=3', 'h4=4', 'random_trailers=0', 'disable_cookies=0'];

const SHOWN = `interface: wg0
  public key: j0DFrbaPJWJK5bIU6nZ6bslNgp09e14a0bpvPiE4KF8=
  private key: (hidden)
  listening port: 51820
  fwmark: 0xca6c

peer: ${busy}
  preshared key: (hidden)
  endpoint: 192.0.2.1:51820
  allowed ips: 10.0.0.0/8, fd00::/64
  latest handshake: 1 minute ago
  transfer: 2.00 KiB received, 4.77 MiB sent
  persistent keepalive: every 2 minutes

peer: ${quiet}
  allowed ips: (none)
`;

test('looks like wg show: peers by latest handshake, secrets hidden, what is unset left out', () => {
  assert.equal(renderInterface(plain(), { now: 1000 }), SHOWN);
  assert.equal(renderInterface(plain(...HEADERS), { now: 1000 }), SHOWN);
});

test('secrets are shown to those who ask for them', () => {
  const shown = renderInterface(plain(), { now: 1000, withSecrets: true });
  assert.match(shown, /private key: AAECAwQF/);
  assert.match(shown, new RegExp(`preshared key: ${secret?.replaceAll('+', '\\+')}`));
});

test('looks like awg show where it is AmneziaWG', () => {
  const keys = ['jc=4', 'h1=5-9', 'i1=<b 0x01>', `header_protection_key=${SECRET}`, 'rekey_timeout=3-7'];
  const state = plain(...HEADERS.filter((line) => line !== 'h1=1'), ...keys);
  const lines = renderInterface(state, { now: 1000 }).split('\n');
  assert.deepEqual(lines.slice(4, 12), [
    '  fwmark: 0xca6c',
    '  jc: 4',
    '  h1: 5-9',
    '  i1: <b 0x01>',
    `  header protection key: ${secret}`,
    '  rekey timeout: 3-7',
    '  random trailers: off',
    '  disable cookies: off',
  ]);
  assert.ok(lines.includes('  persistent keepalive: 120'));
});

test('colours are for terminals, unless somebody says otherwise', () => {
  const coloured = (mode: string | undefined, isTerminal: boolean): boolean =>
    renderInterface(plain(), { now: 1000, paint: paintFor(mode, isTerminal) }).includes('\u001b[');
  assert.deepEqual([coloured('always', false), coloured('never', true)], [true, false]);
  assert.deepEqual([coloured(undefined, true), coloured('auto', false)], [true, false]);
});

test('single facts for scripts', () => {
  assert.equal(fieldLines('listen-port', plain(), false), '51820\n');
  assert.equal(fieldLines('fwmark', plain(), true), 'wg0\t0xca6c\n');
  assert.equal(fieldLines('peers', plain(), false), `${quiet}\n${busy}\n`);
  assert.equal(fieldLines('allowed-ips', plain(), false), `${quiet}\t(none)\n${busy}\t10.0.0.0/8 fd00::/64\n`);
  assert.equal(fieldLines('transfer', plain(), true), `wg0\t${quiet}\t0\t0\nwg0\t${busy}\t2048\t5000000\n`);
  assert.equal(fieldLines('persistent-keepalive', plain(), false), `${quiet}\toff\n${busy}\t120\n`);
  assert.equal(fieldLines('i1', plain(), false), '(null)\n');
  assert.equal(fieldLines('header-protection-key', plain(), false), '(none)\n');
  assert.equal(fieldLines('max-handshake-attemps', plain('max_handshake_attempts=5-6'), false), '5-6\n');
  assert.equal(fieldLines('private-key', parseInterface('wg0', []), false), '(none)\n');
});

test('dump has the columns of wg, and those of awg only where they say something', () => {
  const columns = (state: InterfaceState): number[] =>
    fieldLines('dump', state, false)
      .trimEnd()
      .split('\n')
      .map((line) => line.split('\t').length);
  assert.deepEqual(columns(plain(...HEADERS)), [4, 8, 8]);
  assert.deepEqual(columns(plain('jc=4')), [29, 8, 8]);
});
