/** Probes of the carrier selection against the kernel: it must take them, answer them, and the answers must be heard. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { buildProbe } from '../../src/device/carriers/probe-packet.ts';
import { NativeBuffer } from '../../src/platform/ffi/native-buffer.ts';
import { loadSyscalls } from '../../src/platform/ffi/syscalls.ts';
import { EchoListener } from '../../src/platform/linux/echo-listener.ts';
import type { EchoMark } from '../../src/platform/linux/icmp-echo.ts';
import { decodeEchoAnswer } from '../../src/platform/linux/icmp-echo.ts';
import type { TunHandle } from '../../src/platform/linux/tun.ts';
import { closeTun, openTun } from '../../src/platform/linux/tun.ts';
import { isIntact, udpPacket } from '../../src/testing/packets.ts';
import { address, enterPrivateNamespace, prefix, skipWithoutRoot, withNetlink } from '../support/netns-private.ts';

const skip = skipWithoutRoot;
const VIRTIO_HEADER_BYTES = 10;

before(enterPrivateNamespace);

/** What stands at the far end of a tunnel: a system that routes, and a TUN that we hold the other side of. */
class FarSystem {
  readonly handle: TunHandle;
  readonly interfaceIndex: number;
  readonly #syscalls = loadSyscalls();
  readonly #buffer = new NativeBuffer(this.#syscalls, 1 << 17);

  constructor() {
    this.handle = openTun({ name: 'awgprobe' });
    this.interfaceIndex = withNetlink((netlink) => {
      const index = netlink.linkIndex('awgprobe');
      netlink.setLink(index, { up: true });
      for (const text of ['10.9.0.1/24', 'fd09::1/64']) netlink.addAddress(index, prefix(text));
      return index;
    });
    for (const path of ['ipv4/ip_forward', 'ipv6/conf/all/forwarding']) writeFileSync(`/proc/sys/net/${path}`, '1');
  }

  /** A packet comes out of the tunnel. */
  write(packet: Uint8Array): void {
    const { bytes, address: where } = this.#buffer;
    const start = this.handle.vnetHeader ? VIRTIO_HEADER_BYTES : 0;
    bytes.fill(0, 0, start);
    bytes.set(packet, start);
    const written = this.#syscalls.write(this.handle.descriptor, where, start + packet.length);
    assert.equal(written, start + packet.length);
  }

  /** The next packet for the other end that answers an echo request; waits for it. */
  async answer(family: 4 | 6): Promise<{ readonly packet: Uint8Array; readonly mark: EchoMark }> {
    const start = this.handle.vnetHeader ? VIRTIO_HEADER_BYTES : 0;
    for (let attempt = 0; attempt < 200; attempt++) {
      const length = this.#syscalls.read(this.handle.descriptor, this.#buffer.address, this.#buffer.bytes.length);
      if (length <= start) await setTimeout(10);
      const packet = this.#buffer.bytes.slice(start, Math.max(length, start));
      const mark = packet.length > 0 && packet[0] >> 4 === family ? decodeEchoAnswer(family, packet) : undefined;
      if (mark !== undefined) return { packet, mark };
    }
    throw new Error(`no IPv${family} answer in two seconds`);
  }
}

describe('probes and the kernel', { skip }, () => {
  let far: FarSystem;
  before(() => {
    far = new FarSystem();
  });
  after(() => closeTun(far.handle));

  const cases = [
    { family: 4, what: 'its own address', destination: '10.9.0.1', type: 0 },
    { family: 4, what: 'an address behind it', destination: '10.9.0.77', type: 11 },
    { family: 6, what: 'its own address', destination: 'fd09::1', type: 129 },
    { family: 6, what: 'an address behind it', destination: 'fd09::77', type: 3 },
  ] as const;
  for (const [index, { family, what, destination, type }] of cases.entries()) {
    test(`IPv${family}: a probe for ${what} is answered`, async () => {
      const source = address(family === 4 ? '10.9.0.2' : 'fd09::2');
      const mark = { identifier: 0x4157, sequence: 100 + index };
      const probe = buildProbe({ source, destination: address(destination) }, mark);
      assert.ok(isIntact(probe));
      far.write(probe);
      const answer = await far.answer(family);
      assert.deepEqual(answer.mark, mark);
      assert.equal(answer.packet[family === 4 ? 20 : 40], type);
    });
  }

  for (const family of [4, 6] as const) {
    test(`IPv${family}: answers are heard where they come out of the tunnel, and nothing else is`, async () => {
      const heard: EchoMark[] = [];
      const listener = new EchoListener(family, far.interfaceIndex, (mark) => heard.push(mark));
      try {
        const [own, other] = family === 4 ? ['10.9.0.1', '10.9.0.2'] : ['fd09::1', 'fd09::2'];
        const mark = { identifier: 0x4158, sequence: family };
        const probe = buildProbe({ source: address(other), destination: address(own) }, mark);
        far.write(probe);
        const { packet } = await far.answer(family);
        // The kernel's own answer, turned round: to this system it is a reply that nobody asked for.
        far.write(udpPacket({ source: other, destination: own, sourcePort: 1, destinationPort: 2 }));
        far.write(packet);
        for (let attempt = 0; attempt < 100 && heard.length === 0; attempt++) await setTimeout(10);
        assert.deepEqual(heard, [mark]);
      } finally {
        listener.close();
      }
    });
  }

  test('an interface that does not exist is refused', () => {
    assert.throws(() => new EchoListener(4, 9999, () => undefined), { code: 'ENODEV' });
  });
});
