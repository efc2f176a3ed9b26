/** The example of docs/library.md, as it stands there. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { Device } from '../../src/device/device.ts';
import { FakePlatform, PEER_KEY, settings } from '../support/fake-platform.ts';
import { waitFor } from '../support/wait.ts';

type Narrate = (device: Device, tell: (text: string) => void, signal: AbortSignal) => Promise<void>;

const LIBRARY = new URL(`../../src/index.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url);

async function loadExample(folder: string): Promise<Narrate> {
  const page = readFileSync('docs/library.md', 'utf8');
  const [, code = ''] = /```js\n(.*?)```/s.exec(page) ?? [];
  const path = join(folder, 'example.mjs');
  writeFileSync(path, code.replaceAll("'awg-vpn'", JSON.stringify(LIBRARY.href)));
  const { narrate } = (await import(pathToFileURL(path).href)) as { narrate: Narrate };
  return narrate;
}

test('the example hears what happens to a device, until it is told to stop', async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'awg-example-'));
  context.after(() => rmSync(folder, { recursive: true }));
  const narrate = await loadExample(folder);
  const platform = new FakePlatform();
  const device = await Device.open(settings(), { platform });
  const told: string[] = [];
  const controller = new AbortController();
  const narration = narrate(device, (text) => told.push(text), controller.signal);
  await device.configure({ peers: [{ publicKey: PEER_KEY, persistentKeepalive: 25 }] });
  platform.listener?.onFailure(new Error('the interface is gone'));
  await waitFor('both to be told', () => told.length === 2);
  controller.abort();
  await narration;
  assert.deepEqual(told, ['changed as asked', 'has ended: the interface is gone']);
  await device.close();
});
