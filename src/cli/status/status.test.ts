import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { test } from 'node:test';
import { socketPath } from '../../control/runtime-directory.ts';
import { ControlServer } from '../../control/socket/control-server.ts';
import type { PeerStatus } from '../../control/status/status-report.ts';
import { runCommandLine } from '../program.ts';
import { renderStatus } from './render.ts';

const PEER: PeerStatus = {
  publicKey: 'cGVlcg==',
  endpoint: '192.0.2.1:443',
  carrier: 'tcp',
  hasAllowedIps: true,
  handshake: { age: 70, isFresh: true, begunBy: 'us', tookMilliseconds: 40, unanswered: 2, gaveUp: false },
  traffic: { receivedAge: null, sentAge: 14.2, heardAge: 70, waiting: 14.2, receivedBytes: 92, sentBytes: 5000 },
  probe: { outcome: 'silent', asked: '10.0.0.1', milliseconds: null },
  verdict: { state: 'one-way', words: 'nothing comes back', hint: 'look there' },
};

test('the verdict first, then what it rests on', () => {
  assert.equal(
    renderStatus({ name: 'wg0', peers: [PEER] }),
    `wg0: 0 of 1 peer works

peer cGVlcg== at 192.0.2.1:443 by tcp
  nothing comes back
  -> look there
    handshake:     70 s ago, begun by us, took 40 ms; since then 2 of ours not answered
    data received: never (92 B with handshakes and keepalives)
    data sent:     14 s ago, 4.88 KiB in all, for 14 s without a sign of life
    probe:         no answer from 10.0.0.1 inside the tunnel
`,
  );
});

interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function runStatus(context: TestContext, peers: readonly PeerStatus[], ...args: string[]): Promise<Run> {
  const directory = mkdtempSync(join(tmpdir(), 'awg-status-'));
  const handlers = {
    show: () => 1,
    running: () => 1,
    stop: () => 1,
    reload: () => 1,
    status: () => ({ name: 'wg0', peers }),
  };
  const server = await ControlServer.listen(socketPath(directory, 'wg0'), handlers);
  context.after(async () => {
    await server.close();
    rmSync(directory, { recursive: true });
  });
  const out = { stdout: '', stderr: '' };
  const code = await runCommandLine(['status', ...args], {
    stdin: process.stdin,
    stdout: (text) => (out.stdout += text),
    stdoutIsGone: () => out.stdout !== '',
    stderr: (text) => (out.stderr += text),
    environment: { AWG_VPN_RUNTIME_DIR: directory },
  });
  return { code, ...out };
}

test('ends with 1 where something needs to be done, with 0 where not', async (context) => {
  assert.equal((await runStatus(context, [PEER])).code, 1);
  const works: PeerStatus = { ...PEER, verdict: { state: 'works', words: 'works', hint: null } };
  const { code, stdout } = await runStatus(context, [works], 'wg0', '--json');
  assert.deepEqual([code, JSON.parse(stdout)], [0, [{ name: 'wg0', peers: [works] }]]);
});

test('--watch goes on until nobody reads', async (context) => {
  const { code, stdout } = await runStatus(context, [], '--watch', '0.1', '--json');
  assert.deepEqual([code, stdout], [0, '[{"name":"wg0","peers":[]}]\n']);
});

test('a tunnel that does not run, and seconds that are none', async (context) => {
  assert.match((await runStatus(context, [], 'wg7')).stderr, /no tunnel "wg7" is running/);
  const { code, stderr } = await runStatus(context, [], '--watch', 'often');
  assert.equal(code, 2);
  assert.match(stderr, /"often" is not a number of seconds/);
});
