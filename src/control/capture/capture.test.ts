import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { test } from 'node:test';
import { RingRecorder } from '../../dataplane/capture/capture-ring.ts';
import { DIRECTION } from '../../dataplane/capture/packet-recorder.ts';
import { parsePacket, udpPacket } from '../../testing/packets.ts';
import { PATH_BYTES } from '../../transport/carrier.ts';
import { encodePath } from '../../transport/path.ts';
import { CaptureFile } from './capture-file.ts';
import { PacketCapture } from './packet-capture.ts';
import { datagramHeaders } from './pcap-format.ts';

function temporary(context: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'awg-capture-'));
  context.after(() => rmSync(directory, { recursive: true }));
  return directory;
}

/** The packets of a file, which has to be whole. */
function packetsOf(path: string): Buffer[] {
  const file = readFileSync(path);
  assert.deepEqual([file.readUInt32LE(0), file.readUInt32LE(20)], [0xa1b2c3d4, 101]);
  const packets: Buffer[] = [];
  let at = 24;
  while (at < file.length) {
    const length = file.readUInt32LE(at + 8);
    assert.equal(file.readUInt32LE(at + 12), length);
    assert.ok(at + 16 + length <= file.length, 'the last record is whole');
    packets.push(file.subarray(at + 16, at + 16 + length));
    at += 16 + length;
  }
  return packets;
}

const INNER = udpPacket({
  source: '10.0.0.1',
  destination: '10.0.0.2',
  sourcePort: 5,
  destinationPort: 6,
  payload: Uint8Array.of(1, 2, 3),
});

test('both sides of both ends are in the files, in order', async (context) => {
  const directory = temporary(context);
  const warnings: string[] = [];
  const capture = await PacketCapture.start({
    path: directory,
    interfaceName: 'wg0',
    onWarning: (text) => warnings.push(text),
  });
  capture.listenPort = 51820;
  const recorder = new RingRecorder(capture.memories[0]);
  const bytes = new Uint8Array(PATH_BYTES + 200);
  encodePath(bytes, 0, { address: Uint8Array.of(192, 0, 2, 9), port: 4444, scopeId: 0 });
  bytes.fill(7, PATH_BYTES);
  recorder.inner(DIRECTION.out, INNER, 0, INNER.length);
  recorder.wire(DIRECTION.out, bytes, PATH_BYTES, 148, 0);
  recorder.wire(DIRECTION.in, bytes, PATH_BYTES, 92, 0);
  await capture.close();
  assert.deepEqual(
    packetsOf(join(directory, 'wg0.inner.pcap')).map((each) => Uint8Array.from(each)),
    [INNER],
  );
  const [out, back] = packetsOf(join(directory, 'wg0.wire.pcap')).map((each) => parsePacket(Uint8Array.from(each)));
  assert.deepEqual([out?.destination, back?.source], [Uint8Array.of(192, 0, 2, 9), Uint8Array.of(192, 0, 2, 9)]);
  assert.deepEqual([out?.totalBytes, back?.totalBytes], [28 + 148, 28 + 92]);
  assert.equal(statSync(join(directory, 'wg0.wire.pcap')).mode & 0o777, 0o600);
  assert.deepEqual([warnings, capture.missing], [[], 0]);
});

test('a file does not grow beyond its size, and the one before is kept', async (context) => {
  const path = join(temporary(context), 'x.pcap');
  const file = new CaptureFile(path, 1000);
  for (let index = 0; index < 5; index++) await file.write(Buffer.alloc(600, index));
  await file.close();
  assert.deepEqual([statSync(path).size, statSync(path.replace('.pcap', '.1.pcap')).size], [624, 624]);
  assert.equal(readFileSync(path)[30], 4);
});

test('a ring that nobody empties loses packets and says so', async (context) => {
  const warnings: string[] = [];
  const path = join(temporary(context), 'x.pcap');
  const capture = await PacketCapture.start({ path, interfaceName: '', onWarning: (text) => warnings.push(text) });
  const recorder = new RingRecorder(capture.memories[1]);
  const packet = new Uint8Array(60_000);
  for (let index = 0; index < 200; index++) recorder.inner(DIRECTION.in, packet, 0, packet.length);
  await capture.close();
  const written = packetsOf(path.replace('.pcap', '.inner.pcap')).length;
  assert.ok(written > 50 && written < 200, `${written}`);
  assert.equal(capture.missing, 200 - written);
  assert.deepEqual(warnings, [`${200 - written} packets are not in the capture (the disk is too slow)`]);
});

test('a disk that is full costs packets and nothing else', { skip: !existsSync('/dev/full') }, async () => {
  const file = new CaptureFile('/dev/full', 1000);
  await assert.rejects(file.write(Buffer.alloc(100)), { code: 'ENOSPC' });
  await assert.rejects(file.write(Buffer.alloc(100)), { code: 'ENOSPC' });
  await file.close();
});

test('a place that cannot be written is said at the start', async () => {
  const options = { path: '/nowhere/at/all.pcap', interfaceName: '', onWarning: () => undefined };
  await assert.rejects(PacketCapture.start(options), { code: 'ENOENT' });
});

test('IPv6 datagrams have IPv6 headers', () => {
  const end = (last: number, port: number): { address: Uint8Array; port: number } => {
    return { address: Uint8Array.of(...new Array<number>(15).fill(0), last), port };
  };
  const headers = datagramHeaders(end(1, 5), end(2, 6), 100);
  const parsed = parsePacket(Uint8Array.from(Buffer.concat([headers, Buffer.alloc(100)])));
  assert.deepEqual([parsed.version, parsed.totalBytes], [6, 148]);
});
