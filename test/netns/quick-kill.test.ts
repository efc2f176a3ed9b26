/**
 * SIGKILL at every moment: while a tunnel comes up, while it runs, while it goes down, and while it is
 * cleaned up after. `down` then leaves the machine as it was before, name servers, packet filter, hooks
 * and all.
 */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { CliProcess } from '../support/cli-world.ts';
import { CliWorld } from '../support/cli-world.ts';
import { machineSnapshot, snapshotDifferences } from '../support/machine-snapshot.ts';
import { enterPrivateNamespace, skipWithoutRoot } from '../support/netns-private.ts';
import { SystemPrograms } from '../support/system-programs.ts';
import { sleep, waitFor } from '../support/wait.ts';

const PRIVATE = 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHl8=';
const PUBLIC = 'QEFCQ0RFRkdISUpLTE1OT1BRUlNUVVZXWFlaW1xdXl8=';
const NAME = 'qkill';
const skip = skipWithoutRoot;
const world = new CliWorld();
const programs = new SystemPrograms(world.directory);
const { environment } = programs;
/** What the hooks of the owner have made, and not yet taken back. */
const made = join(world.directory, 'made');

before(enterPrivateNamespace);
after(() => world.close());

/** Kills whoever runs the hook, once, and goes on for a while: it is an orphan then. */
const KILL = `if [ -f "$TROUBLE_FILE" ] && [ "$(cat "$TROUBLE_FILE")" = "hook:$PHASE" ]; then rm "$TROUBLE_FILE"; kill -9 $PPID; sleep 0.4; fi`;

/** With a rule for each hook on the way up, which its counterpart on the way down takes back. */
function hook(phase: string, command: string): string {
  return `${phase} = PHASE=${phase}; ${KILL}; ${command}`;
}

const CONFIG = [
  '[Interface]',
  `PrivateKey = ${PRIVATE}`,
  'Address = 10.99.0.1/24, fd99::1/64',
  'DNS = 10.99.0.53, corp.example',
  hook('PreUp', `ip rule add to 192.0.2.1 lookup 99; echo one > ${made}`),
  hook('PostUp', 'ip rule add to 192.0.2.2 lookup 99'),
  hook('PreDown', 'ip rule delete to 192.0.2.2 lookup 99'),
  hook('PostDown', `ip rule delete to 192.0.2.1 lookup 99; : > ${made}`),
  '[Peer]',
  `PublicKey = ${PUBLIC}`,
  'AllowedIPs = 0.0.0.0/0, ::/0, 192.0.2.0/24',
  'Endpoint = 127.0.0.1:5555',
];

function config(): string {
  writeFileSync(made, '');
  return world.config(NAME, ...CONFIG);
}

function snapshot(): string[] {
  return machineSnapshot(world.runtimeDirectory, programs.records, made);
}

/** As often as it takes, since it may be killed too. */
async function down(): Promise<void> {
  for (let attempt = 0; attempt < 3; attempt++) {
    const { code, stderr } = await world.run(['down', NAME], { environment });
    if (code === 0 || /no tunnel "qkill" is running/.test(stderr)) return;
    assert.equal(code, null, stderr);
  }
}

const UP_MOMENTS = [
  'hook:PreUp',
  'nft:-a:kill-first',
  'nft:-a:kill-last',
  'resolvconf:-a:kill-first',
  'resolvconf:-a:kill-last',
  'hook:PostUp',
];
const DOWN_MOMENTS = [
  'hook:PreDown',
  'resolvconf:-d:kill-first',
  'resolvconf:-d:kill-last',
  'nft:-d:kill-first',
  'nft:-d:kill-last',
  'hook:PostDown',
];

for (const moment of UP_MOMENTS) {
  test(`killed on the way up, at ${moment}`, { skip }, async () => {
    const path = config();
    const before = snapshot();
    programs.arrange(moment);
    assert.equal((await world.run(['up', path], { environment })).code, null, 'it was killed');
    assert.notDeepEqual(snapshot(), before);
    await down();
    assert.deepEqual(snapshotDifferences(before, snapshot()), []);
  });
}

for (const moment of DOWN_MOMENTS) {
  test(`killed on the way down, at ${moment}`, { skip }, async () => {
    const path = config();
    const before = snapshot();
    const tunnel = await world.up(path, { environment });
    programs.arrange(moment);
    tunnel.kill('SIGTERM');
    assert.equal((await tunnel.outcome).code, null, 'it was killed');
    await down();
    assert.deepEqual(snapshotDifferences(before, snapshot()), []);
  });

  test(`killed while running, and down is killed too, at ${moment}`, { skip }, async () => {
    const path = config();
    const before = snapshot();
    const tunnel = await world.up(path, { environment });
    tunnel.kill('SIGKILL');
    await tunnel.outcome;
    programs.arrange(moment);
    await down();
    await down();
    assert.deepEqual(snapshotDifferences(before, snapshot()), []);
  });
}

test('killed while running, the next up takes over', { skip }, async () => {
  const path = config();
  const before = snapshot();
  const first = await world.up(path, { environment });
  first.kill('SIGKILL');
  await first.outcome;
  const second = await world.up(path, { environment });
  second.kill('SIGTERM');
  assert.equal((await second.outcome).code, 0, second.stderr);
  assert.deepEqual(snapshotDifferences(before, snapshot()), []);
});

/** Of a start, which takes half a second on an idle machine; at even distances, so that no moment is avoided. */
const DELAYS_MS = Array.from({ length: 16 }, (_, index) => 120 + index * 40);

test('killed at any time on the way up', { skip }, async () => {
  const path = config();
  const before = snapshot();
  for (const delay of DELAYS_MS) {
    const tunnel = world.start(['up', path], { environment });
    await sleep(delay);
    await killed(tunnel);
    await down();
    assert.deepEqual(snapshotDifferences(before, snapshot()), [], `after ${delay} ms\n${tunnel.stderr}`);
  }
});

test('killed at any time on the way down', { skip }, async () => {
  const path = config();
  const before = snapshot();
  for (const delay of [2, 5, 10, 20, 40, 80, 120, 160]) {
    const tunnel = await world.up(path, { environment });
    tunnel.kill('SIGTERM');
    await sleep(delay);
    await killed(tunnel);
    await down();
    assert.deepEqual(snapshotDifferences(before, snapshot()), [], `after ${delay} ms\n${tunnel.stderr}`);
  }
  assert.equal(readFileSync(made, 'utf8'), '');
});

async function killed(tunnel: CliProcess): Promise<void> {
  tunnel.kill('SIGKILL');
  await waitFor('the end', () => tunnel.hasEnded);
}
