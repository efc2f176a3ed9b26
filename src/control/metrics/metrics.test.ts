import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { test } from 'node:test';
import fc from 'fast-check';
import { readExposition } from '../../../test/support/exposition-reader.ts';
import { FakePlatform, settings } from '../../../test/support/fake-platform.ts';
import { Device } from '../../device/device.ts';
import type { PeerId } from '../../protocol/engine-port.ts';
import { renderMetrics } from './exposition.ts';
import { Histogram } from './histogram.ts';
import { isPublic, metricsAddressText, parseMetricsAddress } from './metrics-address.ts';
import { MetricsServer } from './metrics-server.ts';
import { TunnelMetrics } from './tunnel-metrics.ts';

const PEER = 0 as PeerId;
const endpoint = { address: Uint8Array.of(203, 0, 113, 7), port: 443, scopeId: 0 };

test('a device as an independent reader sees it', async () => {
  const platform = new FakePlatform();
  const device = await Device.open(settings(), { platform });
  const metrics = new TunnelMetrics();
  for (const tookMilliseconds of [7, 70, 700]) {
    metrics.handleEvent({ kind: 'handshake-completed', peer: PEER, role: 'initiator', endpoint, tookMilliseconds });
  }
  metrics.handleEvent({ kind: 'handshake-gave-up', peer: PEER, attempts: 20 });
  metrics.handleCarrierEvent({ kind: 'carrier-decided', from: 'udp', to: 'tcp', endpoint, reason: '' });
  const { types, samples } = readExposition(metrics.render(device));
  await device.close();
  const read = (name: string, label = ''): number | undefined =>
    samples.find((each) => each.name === name && (label === '' || [...each.labels.values()].includes(label)))?.value;
  assert.equal(types.get('awg_vpn_handshake_duration_seconds'), 'histogram');
  const buckets = ['0.005', '0.01', '0.1', '1', '+Inf'];
  const counts = buckets.map((le) => read('awg_vpn_handshake_duration_seconds_bucket', le));
  assert.deepEqual(counts, [0, 1, 2, 3, 3]);
  assert.equal(read('awg_vpn_handshakes_total', 'failed'), 1);
  assert.equal(read('awg_vpn_carrier_changes_total'), 1);
  // The fake platform has dropped five of these.
  assert.equal(read('awg_vpn_dropped_packets_total', 'bad-mac1'), 5);
  const sent = samples.find((each) => each.name === 'wireguard_sent_bytes_total');
  assert.deepEqual([...(sent?.labels.keys() ?? [])], ['interface', 'public_key']);
  assert.equal(sent?.labels.get('public_key')?.length, 44);
  assert.ok((read('nodejs_heap_size_used_bytes') ?? 0) > 0);
});

test('a thousand peers have series, more are counted', async () => {
  const device = await Device.open(settings(), { platform: new FakePlatform() });
  const observation = device.observe();
  const [one] = observation.peers;
  const peers = Array.from({ length: 1200 }, (_, index) => {
    const publicKey = new Uint8Array(32);
    publicKey.set([index & 255, index >> 8]);
    return { ...one, id: index as PeerId, publicKey };
  });
  const { samples } = readExposition(new TunnelMetrics().render({ observe: () => ({ ...observation, peers }) }));
  await device.close();
  assert.equal(samples.filter(({ name }) => name === 'wireguard_received_bytes_total').length, 1000);
  assert.equal(samples.find(({ name }) => name === 'awg_vpn_peers_not_shown')?.value, 200);
});

test('any text survives as a label, any number as a value', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.double({ noNaN: true }), fc.string(), (label, value, help) => {
      const clean = label.replaceAll(/[\r\u2028\u2029]/g, '');
      const family = {
        name: 'x',
        type: 'gauge',
        help: help.replaceAll('\r', ''),
        samples: [{ labels: { a: clean }, value }],
      } as const;
      const [sample] = readExposition(renderMetrics([family])).samples;
      assert.equal(sample?.labels.get('a'), clean);
      assert.ok(Object.is(sample?.value, value) || sample?.value === value || value === Number.NEGATIVE_INFINITY);
    }),
  );
});

test('a histogram counts what is at a bound below it', () => {
  const histogram = new Histogram([1, 2]);
  for (const value of [1, 1.5, 9]) histogram.observe(value);
  assert.deepEqual(
    histogram.samples().map(({ value }) => value),
    [1, 2, 3, 11.5, 3],
  );
});

test('where to serve', () => {
  const text = (given: string): string => metricsAddressText(parseMetricsAddress(given));
  assert.equal(text('9586'), 'http://127.0.0.1:9586/metrics');
  assert.equal(text('10.0.0.1:80'), 'http://10.0.0.1:80/metrics');
  assert.equal(text('[::1]:80'), 'http://[::1]:80/metrics');
  assert.equal(text('/run/x.sock'), 'unix:/run/x.sock');
  assert.equal(text('unix:./x.sock'), 'unix:./x.sock');
  assert.deepEqual(
    ['9586', '0.0.0.0:1', '[::1]:1', '/x'].map((each) => isPublic(parseMetricsAddress(each))),
    [false, true, false, false],
  );
  for (const wrong of ['', 'x', '1.2.3.4', '1.2.3.4:0', '1.2.3.4:70000', 'host:80', '1.2.3:4'])
    assert.throws(() => parseMetricsAddress(wrong), { code: 'bad-address', message: new RegExp(`"${wrong}"`) });
});

interface Answer {
  readonly status: number;
  readonly text: string;
}

function ask(socketPath: string, path: string, method = 'GET'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath, path, method }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
    });
    asked.on('error', reject);
    asked.end();
  });
}

async function serve(context: TestContext, render: () => string): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), 'awg-metrics-'));
  const path = join(directory, 'metrics.sock');
  const server = await MetricsServer.listen({ kind: 'unix', path }, render);
  context.after(async () => {
    await server.close();
    rmSync(directory, { recursive: true });
  });
  return path;
}

test('one page, for readers only', async (context) => {
  const path = await serve(context, () => 'x 1\n');
  assert.deepEqual(await ask(path, '/metrics?a=b'), { status: 200, text: 'x 1\n' });
  assert.equal((await ask(path, '/')).status, 404);
  assert.equal((await ask(path, '/metrics', 'POST')).status, 405);
  assert.equal(statSync(path).mode & 0o777, 0o660);
});

test('what goes wrong is an answer; nonsense is cut off; a port that is taken is said', async (context) => {
  const path = await serve(context, () => {
    throw new Error('not now');
  });
  assert.deepEqual(await ask(path, '/metrics'), { status: 500, text: 'not now\n' });
  const socket = connect(path);
  socket.write(`GET /metrics HTTP/1.1\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`);
  const [first] = (await new Promise<Buffer>((resolve) => socket.once('data', resolve))).toString().split('\r\n');
  socket.destroy();
  assert.match(first ?? '', /^HTTP\/1\.1 431 /);
  await assert.rejects(
    MetricsServer.listen({ kind: 'unix', path: '/nowhere/x.sock' }, () => ''),
    { code: 'listen' },
  );
});
