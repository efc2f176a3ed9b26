/** What a running tunnel tells of itself: status, metrics, captures, and a log that cannot be written. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { request } from 'node:http';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { StatusReport } from '../../src/control/status/status-report.ts';
import { temporaryFolder } from '../support/capture.ts';
import { BackgroundProcess, findProgram, run } from '../support/command.ts';
import { awgVpnWith, writeConfig } from '../support/engines/awg-vpn.ts';
import { readExposition } from '../support/exposition-reader.ts';
import { NetworkNamespace, namespacesUnavailable, uniqueName } from '../support/network-namespace.ts';
import { ping } from '../support/ping.ts';
import { Scope } from '../support/scope.ts';
import type { PairOptions, TunnelPair } from '../support/tunnel-pair.ts';
import { startPair, waitForHandshake } from '../support/tunnel-pair.ts';
import { waitFor } from '../support/wait.ts';

const PROGRAM = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url));
const skip = namespacesUnavailable();
const scope = new Scope();
after(() => scope.close());

const DISGUISE = { S1: 30, S2: 40, S3: 20, S4: 24, H1: '1000000', H2: '2000000', H3: '3000000', H4: '4000000' };

function pairWith(options: readonly string[], more: Partial<PairOptions> = {}): Promise<TunnelPair> {
  const watched = awgVpnWith('awg-vpn', ['--log-level', 'debug', ...options]);
  return startPair(scope, { initiator: watched, responder: awgVpnWith('awg-vpn', []), outer: 4, ...more });
}

interface StatusOutcome {
  readonly code: number;
  readonly report: StatusReport;
}

function statusOf(name: string): Promise<StatusOutcome> {
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [PROGRAM, 'status', name, '--json'], (error, stdout, stderr) => {
      const code = error === null ? 0 : Number(error.code);
      const [report] = stdout === '' ? [] : (JSON.parse(stdout) as StatusReport[]);
      if (report === undefined) reject(new Error(stderr));
      else resolve({ code, report });
    });
  });
}

function scrape(socketPath: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath, path: '/metrics' }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('end', () => resolve(text));
    });
    asked.on('error', reject);
    asked.end();
  });
}

async function tshark(file: string, field: string): Promise<string[]> {
  const text = await run('tshark', ['-r', file, '-T', 'fields', '-e', field]);
  return text.split('\n').filter((line) => line !== '');
}

test('a tunnel that works: status, metrics, captures, log', {
  skip: skip ?? (findProgram('tshark') === undefined && 'no tshark'),
}, async () => {
  const folder = temporaryFolder(scope);
  const socket = join(folder, 'metrics.sock');
  const { initiator, responder } = await pairWith(['--workers', '2', '--metrics', socket, '--pcap', folder]);
  await waitForHandshake(initiator, responder);
  const { interfaceName: name, process: daemon } = initiator.tunnel;

  const { code, report } = await statusOf(name);
  const [peer] = report.peers;
  assert.equal(code, 0);
  assert.equal(peer?.verdict.state, 'works', JSON.stringify(peer));
  assert.deepEqual([peer.probe.outcome, peer.probe.asked], ['answered', responder.inner[4]]);
  assert.ok((peer.probe.milliseconds ?? 1000) < 500);
  assert.deepEqual([peer.handshake.begunBy, peer.handshake.isFresh, peer.traffic.waiting], ['us', true, null]);
  assert.ok(peer.traffic.receivedAge !== null && peer.traffic.sentAge !== null);
  assert.equal((await statusOf(responder.tunnel.interfaceName)).report.peers[0]?.handshake.begunBy, 'peer');

  const { samples } = readExposition(await scrape(socket));
  const read = (metric: string): number => samples.find((each) => each.name === metric)?.value ?? -1;
  assert.ok(read('wireguard_received_bytes_total') > 0);
  assert.ok(read('awg_vpn_peer_round_trip_seconds') > 0, 'the probe of status was measured');
  assert.ok(read('awg_vpn_batches_total') > 0);
  assert.equal(read('awg_vpn_handshake_duration_seconds_count'), 1);

  await daemon.stop();
  const log = daemon.output;
  assert.equal(daemon.exitCode, 0, log);
  for (const line of log.trim().split('\n')) assert.ok('msg' in (JSON.parse(line) as object), line);
  assert.match(log, /handshake completed in/);
  for (const place of [
    responder.host.address[4],
    initiator.inner[4],
    responder.inner[4],
    initiator.keys.privateKey.slice(0, 8),
  ])
    assert.ok(!log.includes(place), `${place} in ${log}`);

  const wire = join(folder, `${name}.wire.pcap`);
  const types = await tshark(wire, 'wg.type');
  for (const type of ['1', '2', '4']) assert.ok(types.includes(type), types.join());
  assert.ok((await tshark(wire, 'ip.dst')).includes(responder.host.address[4]));
  const inner = await tshark(join(folder, `${name}.inner.pcap`), 'icmp.type');
  assert.ok(inner.includes('8') && inner.includes('0'), inner.join());
});

test('S4 that differs: handshakes succeed, nothing comes back, and status says where to look', { skip }, async () => {
  const { initiator, responder } = await pairWith([], {
    initiatorObfuscation: DISGUISE,
    responderObfuscation: { ...DISGUISE, S4: 28 },
  });
  await ping(initiator.host.namespace, responder.inner[4], { count: 2, timeoutSeconds: 1 });
  const { code, report } = await statusOf(initiator.tunnel.interfaceName);
  const [peer] = report.peers;
  assert.equal(code, 1);
  assert.equal(peer?.verdict.words, 'handshakes succeed, but nothing comes back', JSON.stringify(peer));
  assert.match(peer.verdict.hint ?? '', /^check S4, H4/);
  assert.equal(peer.probe.outcome, 'silent');
});

test('a peer that lives but has nobody to answer: that is told apart', { skip }, async () => {
  const { initiator, responder } = await pairWith([], {
    initiatorObfuscation: DISGUISE,
    responderObfuscation: DISGUISE,
  });
  await waitForHandshake(initiator, responder);
  const { namespace } = responder.host;
  await namespace.ip('address', 'delete', `${responder.inner[4]}/32`, 'dev', responder.tunnel.interfaceName);
  await namespace.ip('address', 'delete', `${responder.inner[6]}/128`, 'dev', responder.tunnel.interfaceName);
  await ping(initiator.host.namespace, responder.inner[4], { count: 1, timeoutSeconds: 1 });
  await waitFor(
    'the keepalive of the peer',
    async () =>
      (await statusOf(initiator.tunnel.interfaceName)).report.peers.some(({ verdict }) =>
        verdict.words.includes('lives'),
      ),
    { timeoutMs: 40_000, intervalMs: 1000 },
  );
});

for (const [what, redirection] of [
  ['a full disk', '2>/dev/full'],
  ['a pipe without a reader', '2>&1 >/dev/null | true'],
] as const) {
  test(`${what} under the log does not stop the tunnel`, { skip }, async () => {
    const namespace = await NetworkNamespace.create(scope);
    const name = uniqueName('l');
    const config = writeConfig(scope, name, {
      privateKey: 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHl8=',
      listenPort: 0,
      addresses: ['10.77.0.1/32'],
      mtu: 1420,
      peers: [],
    });
    const command = `"$0" "$1" up "$2" --log-level debug ${redirection}`;
    const args = ['netns', 'exec', namespace.name, 'sh', '-c', command, process.execPath, PROGRAM, config];
    new BackgroundProcess(scope, 'ip', args);
    const show = async (): Promise<string> => run(process.execPath, [PROGRAM, 'show', name]);
    await waitFor(
      'the tunnel',
      () =>
        show().then(
          () => true,
          () => false,
        ),
      { timeoutMs: 20_000 },
    );
    await run(process.execPath, [PROGRAM, 'reload', name]);
    assert.match(await show(), /interface/);
    await run(process.execPath, [PROGRAM, 'down', name]);
  });
}
