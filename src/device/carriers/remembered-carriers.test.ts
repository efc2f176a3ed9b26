import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { test } from 'node:test';
import { RememberedCarriers } from './remembered-carriers.ts';

const PEER = new Uint8Array(32).fill(1);
const OTHER = new Uint8Array(32).fill(2);

function temporaryDirectory(context: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'awg-carriers-'));
  context.after(() => rmSync(directory, { recursive: true }));
  return directory;
}

test('what is remembered is there for the next process, for nobody else to read', (context) => {
  const directory = join(temporaryDirectory(context), 'state');
  const path = join(directory, 'carriers.json');
  const first = new RememberedCarriers(path);
  assert.equal(first.recall('192.168.1.1 aa:bb', PEER), undefined);
  first.remember('192.168.1.1 aa:bb', PEER, 'tls');
  first.remember('10.0.0.1 cc:dd', PEER, 'udp');
  const second = new RememberedCarriers(path);
  assert.equal(second.recall('192.168.1.1 aa:bb', PEER), 'tls');
  assert.equal(second.recall('10.0.0.1 cc:dd', PEER), 'udp');
  assert.equal(second.recall('10.0.0.1 cc:dd', OTHER), undefined);
  assert.deepEqual(readdirSync(directory), ['carriers.json']);
  assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.ok(!readFileSync(path, 'utf8').includes('192.168'), 'where somebody was is not written in clear');
});

test('a broken, foreign or unwritable file costs nothing but the memory', (context) => {
  const directory = temporaryDirectory(context);
  const path = join(directory, 'carriers.json');
  for (const text of ['', '{', 'null', '{"version":2,"networks":{}}', '{"version":1}', '[]']) {
    writeFileSync(path, text);
    const memory = new RememberedCarriers(path);
    assert.equal(memory.recall('home', PEER), undefined, text);
    memory.remember('home', PEER, 'tcp');
    assert.equal(new RememberedCarriers(path).recall('home', PEER), 'tcp', text);
  }
  const blocked = new RememberedCarriers(join(path, 'below-a-file', 'carriers.json'));
  blocked.remember('home', PEER, 'tcp');
  assert.equal(blocked.recall('home', PEER), 'tcp');
});

test('without a file it lasts as long as the process', () => {
  const memory = new RememberedCarriers(undefined);
  memory.remember('home', PEER, 'websocket');
  assert.equal(memory.recall('home', PEER), 'websocket');
});
