import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { parseConfig } from '../../src/control/config/parse.ts';
import { CONFIG_FORMS, readConfigForm } from '../../src/control/convert-config.ts';
import { lintConfig } from '../../src/control/lint/lint-config.ts';
import { nodeCrypto } from '../../src/crypto/node-crypto.ts';
import { Device } from '../../src/device/device.ts';
import { WholeWorld } from '../sim/whole-world.ts';
import { FakePlatform, settings } from '../support/fake-platform.ts';

const PRIVATE_KEY = Uint8Array.from({ length: 32 }, (_, index) => 0x40 + 3 * index);
const PRESHARED_KEY = Uint8Array.from({ length: 32 }, (_, index) => 0x91 ^ (5 * index));
const SECRETS = { 'private key': PRIVATE_KEY, 'preshared key': PRESHARED_KEY };

/** The forms that people and programs would write a key in; of the middle, since the ends are clamped. */
function formsOf(key: Uint8Array): string[] {
  const middle = Buffer.from(key.subarray(3, 30));
  const hex = middle.toString('hex');
  const list = [...middle];
  return [
    middle.toString('base64').slice(0, 30),
    hex,
    list.join(','),
    list.join(', '),
    hex.replaceAll(/(..)/g, '$1 ').trim(),
  ];
}

function assertKept(text: string, where: string): void {
  const flat = text.replaceAll(/\s+/g, ' ').toLowerCase();
  for (const [name, key] of Object.entries(SECRETS))
    for (const form of formsOf(key))
      assert.ok(!flat.includes(form.toLowerCase()), `${where} shows the ${name}: ${text.slice(0, 300)}`);
}

function shown(value: unknown): string[] {
  return [
    inspect(value, { depth: 12, showHidden: true, maxArrayLength: null, maxStringLength: null }),
    JSON.stringify(value, (_, item: unknown) => (typeof item === 'bigint' ? `${item}` : item)) ?? '',
    String(value),
  ];
}

test('a device, its description and its snapshot show no secret', async () => {
  const base = settings({ privateKey: PRIVATE_KEY });
  const peers = base.peers.map((peer) => ({ ...peer, presharedKey: PRESHARED_KEY }));
  const device = await Device.open({ ...base, peers }, { platform: new FakePlatform() });
  for (const value of [device, device.info, device.snapshot()])
    for (const text of shown(value)) assertKept(text, 'a device');
  await device.close();
});

test('a core that is in session shows no secret', () => {
  const world = new WholeWorld({ host: () => ({}) });
  world.send(world.alice, world.bob);
  world.advance(1_000);
  world.alice.steer((tunnel) => tunnel.setPrivateKey(PRIVATE_KEY, world.clock.now()));
  for (const value of [world.alice.tunnel, world.alice.tunnel.snapshot(), world.alice.events, world.alice.engine])
    for (const text of shown(value)) assertKept(text, 'the core');
});

test('a key that was loaded shows nothing of itself', () => {
  const { privateKey } = nodeCrypto().loadPrivateKey(PRIVATE_KEY);
  for (const text of shown(privateKey)) assertKept(text, 'a loaded key');
});

/** Keys spoilt in the ways in which people spoil them: one character more, less, or wrong; in the wrong place. */
function spoilt(key: Uint8Array): string[] {
  const text = Buffer.from(key).toString('base64');
  return [
    `${text}A`,
    text.slice(1),
    `${text.slice(0, -2)}!=`,
    text.replace('=', ''),
    `${text} ${text}`,
    `"${text}"`,
    Buffer.from(key).toString('hex'),
  ];
}

function* messagesAbout(text: string): Generator<string> {
  for (const form of CONFIG_FORMS)
    yield messageOf(() => readConfigForm(form, text, 'file', (finding) => assertKept(finding.message, form)));
  yield messageOf(() => parseConfig(text, 'file'));
  for (const finding of lintConfig(text, 'file')) yield inspect(finding, { depth: 8 });
}

function messageOf(run: () => unknown): string {
  try {
    run();
    return '';
  } catch (error) {
    return inspect(error, { depth: 8 });
  }
}

test('no complaint about a spoilt key repeats it', () => {
  for (const key of Object.values(SECRETS)) {
    for (const value of spoilt(key)) {
      for (const name of ['PrivateKey', 'PresharedKey', 'HeaderProtectionKey', 'privatekey']) {
        const peer = `[Peer]\nPublicKey = ${Buffer.alloc(32, 9).toString('base64')}\n`;
        const texts = [
          `[Interface]\n${name} = ${value}\n${peer}`,
          `[Interface]\n${peer}${name} = ${value}\n`,
          `${name.toLowerCase()}=${value}\n`,
          `private_key=${value}\nheader_protection_key=${value}\n`,
          `public_key=${'09'.repeat(32)}\npreshared_key=${value}\n`,
          `[Interface]\n${value}\n`,
          `${value}\n[Interface]\n`,
          JSON.stringify({ interface: { [name]: value }, peers: [] }),
          JSON.stringify({ interface: { [name]: [value, 1] }, peers: [] }),
        ];
        for (const text of texts) for (const message of messagesAbout(text)) assertKept(message, `${name} in an error`);
      }
    }
  }
});
