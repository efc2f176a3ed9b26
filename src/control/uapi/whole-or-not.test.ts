/**
 * Operations made at random, right ones and wrong ones, in front of a device: what fails has changed
 * nothing, and what succeeds has left exactly what upstream would have after the same lines.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { FakePlatform, settings } from '../../../test/support/fake-platform.ts';
import { Device } from '../../device/device.ts';
import { DeviceError } from '../../device/device-error.ts';
import { getAnswer } from './get-answer.ts';
import { SetOperation } from './set-operation.ts';
import { UapiError } from './uapi-error.ts';

const KEYS = ['aa', 'bb', 'cc'].map((byte) => byte.repeat(32));
const PREFIXES = ['10.0.0.0/8', '10.1.0.0/16', '10.1.2.3/32', 'fd00::/64'];

const deviceLine = fc.oneof(
  fc.constantFrom('fwmark=5', 'fwmark=0', 'listen_port=4001', 'replace_peers=true', `private_key=${'11'.repeat(32)}`),
  fc.constantFrom('jc=3', 'jmin=5', 'jmax=4', 'jmax=50', 's1=20', 's4=60000', 'h1=5-9', 'h2=7-8', 'i1=<r 5>', 'i1='),
  fc.constantFrom(`header_protection_key=${'22'.repeat(32)}`, 's2=20', 's3=20', 's4=20', 'random_trailers=1'),
);
const wrongLine = fc.constantFrom('fwmark=x', 'nonsense', 'endpoint=192.0.2.1:1', 'h1=9-5', 'random_trailers=on');
const peerLine = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...PREFIXES.map((prefix) => `allowed_ip=${prefix}`)) },
  { weight: 2, arbitrary: fc.constantFrom(...PREFIXES.map((prefix) => `allowed_ip=-${prefix}`)) },
  fc.constantFrom('replace_allowed_ips=true', 'remove=true', 'update_only=true', 'protocol_version=1'),
  fc.constantFrom('endpoint=192.0.2.7:7', 'persistent_keepalive_interval=25', `preshared_key=${'33'.repeat(32)}`),
);
const wrongPeerLine = fc.constantFrom('allowed_ip=10.0.0.0', 'fwmark=1', 'remove=1', 'endpoint=host:1', 'x');
const section = fc
  .tuple(fc.constantFrom(...KEYS), fc.array(peerLine, { maxLength: 6 }))
  .map(([key, lines]) => [`public_key=${key}`, ...lines]);
const good = fc
  .tuple(fc.array(deviceLine, { maxLength: 4 }), fc.array(section, { maxLength: 4 }))
  .map(([device, peers]) => [...device, ...peers.flat()]);
const anywhere = fc.tuple(good, fc.nat(), wrongLine, wrongPeerLine).map(([lines, at, forDevice, forPeer]) => {
  const index = at % (lines.length + 1);
  const isPeer = lines.slice(0, index).some((line) => line.startsWith('public_key='));
  return lines.toSpliced(index, 0, isPeer ? forPeer : forDevice);
});

async function set(device: Device, lines: readonly string[]): Promise<void> {
  const operation = new SetOperation();
  for (const line of lines) operation.line(line);
  await device.configure((running) => operation.changeOf(running));
}

function open(): Promise<Device> {
  return Device.open(settings({ listenPort: 4000 }), { platform: new FakePlatform() });
}

test('an operation with a wrong line anywhere changes nothing', async () => {
  const device = await open();
  await set(device, ['jc=2', 'jmax=9', `public_key=${KEYS[0]}`, 'allowed_ip=10.0.0.0/8', `public_key=${KEYS[1]}`]);
  const before = getAnswer(device.configuration());
  const property = fc.asyncProperty(anywhere, async (lines) => {
    await assert.rejects(set(device, lines), UapiError);
    assert.equal(getAnswer(device.configuration()), before);
  });
  await fc.assert(property, { numRuns: 300 });
  await device.close();
});

test('an operation that the device refuses changes nothing', async () => {
  const device = await open();
  let refused = 0;
  const property = fc.asyncProperty(good, async (lines) => {
    const before = getAnswer(device.configuration());
    try {
      await set(device, lines);
    } catch (error) {
      assert.ok(error instanceof DeviceError, String(error));
      refused += 1;
      assert.equal(getAnswer(device.configuration()), before);
    }
  });
  await fc.assert(property, { numRuns: 300 });
  assert.ok(refused > 10, `${refused} of 300 were refused`);
  await device.close();
});

/** Upstream in a few lines: each line is carried out when it comes (protocol facts 4.2, peer part). */
class Upstream {
  /** Owner of each prefix. */
  readonly #prefixes = new Map<string, string>();
  readonly #peers = new Set<string>();
  #current: string | undefined;
  #isNew = false;

  line(text: string): void {
    const [key = '', value = ''] = text.split('=');
    if (key === 'public_key') this.#begin(value);
    else if (key === 'replace_peers') for (const peer of this.#peers) this.#remove(peer);
    else if (this.#current !== undefined) this.#peerLine(this.#current, key, value);
  }

  state(): string[] {
    const owned = [...this.#prefixes].map(([prefix, owner]) => `${owner} ${prefix}`);
    return [...this.#peers, ...owned].sort();
  }

  #begin(key: string): void {
    this.#current = key;
    this.#isNew = !this.#peers.has(key);
    this.#peers.add(key);
  }

  #peerLine(peer: string, key: string, value: string): void {
    if (key === 'remove' || (key === 'update_only' && this.#isNew)) {
      this.#remove(peer);
      this.#current = undefined;
    } else if (key === 'replace_allowed_ips') this.#release(peer);
    else if (key === 'allowed_ip' && !value.startsWith('-')) this.#prefixes.set(value, peer);
    else if (key === 'allowed_ip' && this.#prefixes.get(value.slice(1)) === peer) this.#prefixes.delete(value.slice(1));
  }

  #remove(peer: string): void {
    this.#release(peer);
    this.#peers.delete(peer);
  }

  #release(peer: string): void {
    for (const [prefix, owner] of this.#prefixes) if (owner === peer) this.#prefixes.delete(prefix);
  }
}

function stateOf(device: Device): string[] {
  const lines = getAnswer(device.configuration()).split('\n');
  let peer = '';
  const state: string[] = [];
  for (const line of lines) {
    const [key = '', value = ''] = line.split('=');
    if (key === 'public_key') peer = value;
    if (key === 'public_key') state.push(peer);
    if (key === 'allowed_ip') state.push(`${peer} ${value}`);
  }
  return state.sort();
}

/** What upstream does with a peer that it made and drops again, of which another has lost a prefix, is no model. */
const wholeSections = fc.array(
  section.filter((lines) => {
    const update = lines.indexOf('update_only=true');
    return update === -1 || !lines.slice(0, update).some((line) => /^allowed_ip=\d|^allowed_ip=f/.test(line));
  }),
  { maxLength: 5 },
);

test('peers and allowed IPs end up as with upstream', async () => {
  const property = fc.asyncProperty(fc.array(wholeSections, { maxLength: 3 }), async (operations) => {
    const device = await open();
    const upstream = new Upstream();
    await set(device, ['replace_peers=true']);
    for (const sections of operations) {
      await set(device, sections.flat());
      for (const line of sections.flat()) upstream.line(line);
    }
    assert.deepEqual(stateOf(device), upstream.state());
    await device.close();
  });
  await fc.assert(property, { numRuns: 300 });
});
