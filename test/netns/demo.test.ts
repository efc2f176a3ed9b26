/** `awg-vpn demo` in all its ways to run and to end: it shows what it says, and leaves nothing behind. */
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { RunAs } from '../support/cli-world.ts';
import { CliWorld } from '../support/cli-world.ts';
import { skipWithoutRoot } from '../support/netns-private.ts';
import { waitFor } from '../support/wait.ts';

const NOBODY: RunAs = { uid: 65534, gid: 65534 };
const skip = skipWithoutRoot;
const world = new CliWorld();
const temporary = join(world.directory, 'tmp');

before(() => {
  // Marks every process of the demo, and is where its files are.
  process.env.TMPDIR = temporary;
  mkdirSync(temporary);
  chmodSync(world.directory, 0o711);
  chmodSync(temporary, 0o777);
});
after(() => world.close());

function environmentOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8');
  } catch {
    return '';
  }
}

/** Processes that the demo started, or is. */
function demoProcesses(): string[] {
  const others = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && name !== String(process.pid));
  return others.filter((pid) => environmentOf(pid).includes(`TMPDIR=${temporary}`));
}

function demoFiles(): string[] {
  return readdirSync(temporary).filter((name) => name.startsWith('awg-vpn-demo-'));
}

/** Starts a demo and waits until its daemons are there. */
async function startDemo(as: RunAs) {
  const demo = world.start(['demo'], as);
  await waitFor('the daemons', () => demoFiles().length > 0 || demo.hasEnded, { explain: () => demo.stderr });
  return demo;
}

function assertShown(stdout: string): void {
  assert.match(stdout, /ping 10\.77\.0\.2 +10 of 10 answered/);
  assert.match(stdout, /ping fd77::2 +10 of 10 answered/);
  assert.match(stdout, /handshake +[\d.]+ ms/);
  assert.match(stdout, /TCP left to right, IPv4 +[\d.]+ [GM]bit\/s/);
  assert.match(stdout, /TCP right to left, IPv6 +[\d.]+ [GM]bit\/s/);
  assert.match(stdout, /initiation +1 +\d+ /);
  assert.match(stdout, /It matches 0 of the 1000 datagrams/);
}

const STANDINGS: readonly (readonly [string, RunAs])[] = [
  ['as root', {}],
  ['as nobody, in a user namespace', NOBODY],
];

for (const [standing, as] of STANDINGS) {
  test(`the demo ${standing} shows a tunnel that works and cleans up`, { skip }, async () => {
    const { code, stdout, stderr } = await world.run(['demo', '--seconds', '1'], as);
    assert.equal(stderr, '');
    assert.equal(code, 0);
    assertShown(stdout);
    assert.equal(stdout.includes('user namespace'), as === NOBODY);
    assert.deepEqual([demoProcesses(), demoFiles()], [[], []]);
  });

  test(`the demo ${standing}, interrupted, says so and cleans up`, { skip }, async () => {
    const demo = await startDemo(as);
    demo.kill('SIGINT');
    const { code, stderr } = await demo.outcome;
    assert.equal(code, 1);
    assert.match(stderr, /awg-vpn: interrupted/);
    await waitFor('all processes to end', () => demoProcesses().length === 0);
    assert.deepEqual(demoFiles(), []);
  });

  test(`when the demo ${standing} is killed, its daemons end`, { skip }, async () => {
    const demo = await startDemo(as);
    demo.kill('SIGKILL');
    await waitFor('all processes to end', () => demoProcesses().length === 0);
    // Nobody is left to remove the configuration files.
    for (const name of demoFiles()) rmSync(join(temporary, name), { recursive: true });
  });
}
