import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { test } from 'node:test';
import { nodeCrypto } from '../crypto/node-crypto.ts';
import { createPacketKernel } from '../kernels/packet-kernel.ts';
import { createAeadKernel } from '../kernels/select.ts';
import type { Syscalls } from '../platform/ffi/syscalls.ts';
import { loadSyscalls } from '../platform/ffi/syscalls.ts';
import { bootInstant } from '../platform/linux/clock.ts';
import { LinuxTun } from '../platform/linux/tun.ts';
import type { UdpHandle } from '../platform/linux/udp-socket.ts';
import { nullProfile } from '../protocol/obfuscation/null-profile.ts';
import { SeededRandom } from '../testing/index.ts';
import { LinuxUdpCarrier } from '../transport/udp/linux-udp-carrier.ts';
import { Arena } from './arena.ts';
import { Pipeline } from './pipeline.ts';
import { RandomPool } from './random-pool.ts';
import { Rehearsal } from './rehearsal.ts';
import { countersMemory, SharedCounters } from './shared-counters.ts';
import { ledgerMemory, SharedLedger } from './shared-ledger.ts';

const skip =
  process.platform !== 'linux' ? 'Linux only' : networkInterfaces().lo === undefined && 'no loopback interface';

/** Everything is real but the TUN, and that is another socket. */
function rehearsalOver(syscalls: Syscalls): { rehearsal: Rehearsal; counters: SharedCounters } {
  const arena = new Arena(192);
  const counters = new SharedCounters(countersMemory());
  const random = new SeededRandom(1);
  const aead = createAeadKernel('wasm-simd', arena);
  const packets = createPacketKernel(arena, syscalls.addressOf(arena.bytes));
  const build = (tun: number, udp: UdpHandle): Pipeline => {
    const offloads = { tcp: true, udp: true };
    const handle = { descriptor: tun, name: 'rehearsal', mtu: 1420, offloads, vnetHeader: true };
    return new Pipeline({
      arena,
      aead,
      packets,
      tun: new LinuxTun(syscalls, arena, handle),
      carrier: new LinuxUdpCarrier(syscalls, arena, udp),
      crypto: nodeCrypto(),
      pool: new RandomPool(arena, random),
      ledger: new SharedLedger(ledgerMemory(1)),
      counters,
      profile: nullProfile(),
      maxPeers: 1,
      sends: true,
      credit: { waiting: () => 0, take: () => false },
    });
  };
  return { rehearsal: new Rehearsal({ syscalls, random, now: bootInstant(syscalls), build }), counters };
}

const openDescriptors = (): number => readdirSync('/proc/self/fd').length;

test('packets go round, none is lost, it ends by itself and leaves nothing open', { skip }, () => {
  const before = openDescriptors();
  const { rehearsal, counters } = rehearsalOver(loadSyscalls());
  assert.ok(!rehearsal.isOver);
  let steps = 0;
  for (; !rehearsal.isOver; steps += 1) rehearsal.continue();
  const { receivedPackets, sentPackets, drops } = counters.snapshot();
  assert.ok(receivedPackets > 100, `${receivedPackets} packets in ${steps} steps`);
  assert.ok(sentPackets - receivedPackets <= 3, 'but for those on the wire at the end');
  assert.ok(drops.every((count) => count === 0));
  assert.equal(openDescriptors(), before);
});

test('can be ended early, and twice', { skip }, () => {
  const before = openDescriptors();
  const { rehearsal } = rehearsalOver(loadSyscalls());
  rehearsal.continue();
  rehearsal.close();
  rehearsal.close();
  assert.ok(rehearsal.isOver);
  assert.equal(openDescriptors(), before);
});

test('without loopback it is over before it begins', { skip }, () => {
  const before = openDescriptors();
  const { rehearsal, counters } = rehearsalOver({ ...loadSyscalls(), connect: () => -1 });
  assert.ok(rehearsal.isOver);
  assert.equal(counters.snapshot().tunReads, 0);
  assert.equal(openDescriptors(), before);
});

test('where packets do not come back it is over soon', { skip }, () => {
  const { rehearsal, counters } = rehearsalOver({ ...loadSyscalls(), sendmmsg: (_socket, _messages, count) => count });
  rehearsal.continue();
  assert.ok(rehearsal.isOver);
  assert.ok(counters.snapshot().sentPackets > 0);
});
