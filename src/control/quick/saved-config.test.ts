import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DeviceConfiguration, PeerConfiguration } from '../../device/live/device-change.ts';
import { parseAddress } from '../../protocol/address-text.ts';
import type { Prefix } from '../../protocol/engine-port.ts';
import { parametersOf } from '../../protocol/obfuscation/parameters-of.ts';
import { parseConfig } from '../config/parse.ts';
import type { RunningTunnel } from './saved-config.ts';
import { savedConfig } from './saved-config.ts';

const key = (fill: number): Uint8Array => new Uint8Array(32).fill(fill);
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

const FILE = `# of the office
[interface]
PrivateKey=${Buffer.from(clamped(8)).toString('base64')}
Address = 10.0.0.1/24   # inside
ListenPort = 51820
S1 = 15
PostUp = echo "it's up" = %i
Unknown-Key = kept

# Alice
[Peer]
PublicKey = ${base64(key(2))}
AllowedIPs = 10.0.0.2/32, fd00::2
Endpoint = vpn.example.net:51820

[Peer] # Bob
PublicKey = ${base64(key(3))}
AllowedIPs = 10.0.0.3/32
Endpoint = 192.0.2.3:1
`.replace('Unknown-Key = kept\n', '');

function clamped(fill: number): Uint8Array {
  const bytes = key(fill);
  bytes[0] = fill & 248;
  bytes[31] = (fill & 127) | 64;
  return bytes;
}

function prefix(text: string): Prefix {
  const [address = '', length] = text.split('/');
  return { address: parseAddress(address) ?? new Uint8Array(), length: Number(length) };
}

function peer(
  fill: number,
  allowedIps: readonly string[],
  changes: Partial<PeerConfiguration> = {},
): PeerConfiguration {
  const rest = { lastHandshake: 0, receivedBytes: 0, sentBytes: 0, carriers: [], persistentKeepalive: 0 } as const;
  const none = { presharedKey: undefined, endpoint: undefined };
  return { publicKey: key(fill), allowedIps: allowedIps.map(prefix), ...none, ...rest, ...changes };
}

const ALICE = peer(2, ['fd00::2/128', '10.0.0.2/32'], { endpoint: at('198.51.100.9', 51820) });
const BOB = peer(3, ['10.0.0.3/32'], { endpoint: at('192.0.2.3', 1) });

function at(address: string, port: number) {
  return { address: parseAddress(address) ?? new Uint8Array(), port, scopeId: 0 };
}

function running(changes: Partial<DeviceConfiguration> = {}, rest: Partial<RunningTunnel> = {}): RunningTunnel {
  const { profile, timing } = parseConfig(FILE, 'wg0.conf');
  const configuration: DeviceConfiguration = {
    name: 'wg0',
    hasPrivateKey: true,
    privateKey: clamped(8),
    publicKey: key(99),
    listenPort: 51820,
    fwmark: 0,
    parameters: parametersOf(profile, timing),
    peers: [ALICE, BOB],
    ...changes,
  };
  return { configuration, addresses: [prefix('10.0.0.1/24'), prefix('fe80::1/64')], mtu: 1420, ...rest };
}

function difference(saved: string): string[] {
  const [before, after] = [FILE.split('\n'), saved.split('\n')];
  return [
    ...before.filter((line) => !after.includes(line)).map((line) => `-${line}`),
    ...after.filter((line) => !before.includes(line)).map((line) => `+${line}`),
  ];
}

test('a tunnel as the file has it changes no byte; a host name is not replaced by what it stands for', () => {
  assert.equal(savedConfig(FILE, 'wg0.conf', running()), FILE);
});

test('what has changed is written into its line, comments stay', () => {
  const parameters = { ...running().configuration.parameters, s1: 16, jc: 3, jmin: 4, jmax: 5 };
  const saved = savedConfig(
    FILE,
    'wg0.conf',
    running({ listenPort: 7, fwmark: 255, parameters }, { addresses: [prefix('10.0.0.9/24'), prefix('fd00::1/64')] }),
  );
  assert.deepEqual(difference(saved), [
    '-Address = 10.0.0.1/24   # inside',
    '-ListenPort = 51820',
    '-S1 = 15',
    '+Address = 10.0.0.9/24, fd00::1/64   # inside',
    '+ListenPort = 7',
    '+S1 = 16',
    '+FwMark = 0xff',
    '+Jc = 3',
    '+Jmin = 4',
    '+Jmax = 5',
  ]);
});

test('peers come, go, move and change', () => {
  const bob = { ...BOB, endpoint: at('2001:db8::3', 2), persistentKeepalive: 25, presharedKey: key(7) };
  const carol = peer(4, ['10.0.0.4/32']);
  assert.deepEqual(
    difference(savedConfig(FILE, 'wg0.conf', running({ peers: [bob, carol] }))),
    [
      '-# Alice',
      '-[Peer]',
      `-PublicKey = ${base64(key(2))}`,
      '-AllowedIPs = 10.0.0.2/32, fd00::2',
      '-Endpoint = vpn.example.net:51820',
      '-Endpoint = 192.0.2.3:1',
      '+Endpoint = [2001:db8::3]:2',
      `+PresharedKey = ${base64(key(7))}`,
      '+PersistentKeepalive = 25',
      `+PublicKey = ${base64(key(4))}`,
      '+AllowedIPs = 10.0.0.4/32',
    ].filter((line) => line !== '-[Peer]'),
  );
});

test('a mark that the default route chose is not written, as the next start chooses for itself', () => {
  const full = FILE.replace('10.0.0.3/32', '0.0.0.0/0');
  const everything = { ...BOB, allowedIps: [prefix('0.0.0.0/0')] };
  assert.equal(savedConfig(full, 'wg0.conf', running({ fwmark: 51820, peers: [ALICE, everything] })), full);
});

test('a file that cannot be read any more is not overwritten', () => {
  assert.throws(() => savedConfig('[Interface\n', 'wg0.conf', running()), { name: 'ConfigError' });
});
