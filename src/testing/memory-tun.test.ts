import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Arena } from '../dataplane/arena.ts';
import { VIRTIO_HEADER_BYTES } from '../kernels/kernel.ts';
import { frameOf, superFrame } from './frames.ts';
import { MemoryTun } from './memory-tun.ts';
import { echoPacket, tcpPacket } from './packets.ts';

const echo = echoPacket({ source: '10.0.0.1', destination: '10.0.0.2', payload: new Uint8Array(40).fill(7) });
const EINVAL = 22;

/** Lays the parts of a frame out in the arena with gaps between them and returns the offset of their iovec array. */
function layOut(arena: Arena, parts: readonly Uint8Array[], baseAddress = 0): number {
  const vector = arena.reserve(parts.length * 16);
  for (const [index, part] of parts.entries()) {
    const offset = arena.reserve(part.length);
    arena.bytes.set(part, offset);
    arena.view.setBigUint64(vector + index * 16, BigInt(baseAddress + offset), true);
    arena.view.setBigUint64(vector + index * 16 + 8, BigInt(part.length), true);
  }
  return vector;
}

test('an injected packet is read behind an all-zero virtio header, then nothing', () => {
  const arena = new Arena(4);
  const tun = new MemoryTun(arena);
  const offset = arena.reserve(2048);
  tun.inject(echo);
  assert.equal(tun.read(offset, 2048), VIRTIO_HEADER_BYTES + echo.length);
  assert.deepEqual(arena.bytes.slice(offset, offset + VIRTIO_HEADER_BYTES + echo.length), frameOf(echo));
  assert.equal(tun.read(offset, 2048), 0);
});

test('a frame larger than the space for it is an error and stays', () => {
  const arena = new Arena(4);
  const tun = new MemoryTun(arena);
  tun.inject(echo);
  assert.equal(tun.read(arena.reserve(64), 20), -EINVAL);
  assert.equal(tun.waiting, 1);
});

test('the queue towards the data plane is bounded', () => {
  const tun = new MemoryTun(new Arena(4), { queueLimit: 2 });
  assert.deepEqual([tun.inject(echo), tun.inject(echo), tun.inject(echo)], [true, true, false]);
});

test('written pieces are put together, also behind a high base address', () => {
  const baseAddress = 0x7f12_3456_7000;
  const arena = new Arena(4);
  const tun = new MemoryTun(arena, { baseAddress });
  const frame = frameOf(echo);
  const vector = layOut(arena, [frame.subarray(0, 30), frame.subarray(30, 31), frame.subarray(31)], baseAddress);
  assert.equal(tun.write(vector, 3), 0);
  assert.deepEqual(tun.takeFrames(), [frame]);
  assert.deepEqual(tun.takeFrames(), []);
});

test('a written super-packet counts as the packets it stands for', () => {
  const arena = new Arena(4);
  const tun = new MemoryTun(arena);
  const flow = { source: 'fd00::1', destination: 'fd00::2', sourcePort: 1, destinationPort: 2 };
  const frame = superFrame(tcpPacket({ ...flow, payload: new Uint8Array(2500) }), 1000);
  assert.equal(tun.write(layOut(arena, [frame]), 1), 0);
  assert.deepEqual(
    tun.takePackets().map((packet) => packet.length),
    [1060, 1060, 560],
  );
});

test('writes that the driver would refuse are refused', () => {
  const arena = new Arena(4);
  const tun = new MemoryTun(arena);
  assert.equal(tun.write(layOut(arena, [frameOf(new Uint8Array(20))]), 1), -EINVAL, 'no IP version');
  assert.equal(tun.write(layOut(arena, [new Uint8Array(VIRTIO_HEADER_BYTES)]), 1), -EINVAL, 'no packet');
  assert.equal(tun.write(layOut(arena, [frameOf(echo)], 0x1_0000_0000), 1), -EINVAL, 'outside of the arena');
  assert.deepEqual(tun.takeFrames(), []);
});

test('failures are reported until mended, and a closed device stays closed', () => {
  const arena = new Arena(4);
  const tun = new MemoryTun(arena);
  tun.inject(echo);
  tun.failWith(5);
  const offset = arena.reserve(2048);
  assert.equal(tun.read(offset, 2048), -5);
  assert.equal(tun.write(layOut(arena, [frameOf(echo)]), 1), -5);
  tun.failWith(0);
  assert.ok(tun.read(offset, 2048) > 0);
  tun.close();
  assert.ok(tun.read(offset, 2048) < 0);
  assert.equal(tun.isClosed, true);
});
