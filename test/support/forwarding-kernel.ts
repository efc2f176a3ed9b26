/**
 * The kernel as a reference: frames go into a TUN that takes super-packets, the kernel forwards them to a TUN
 * that takes none, and so has to cut them up itself. Works in the network namespace of the caller, a
 * private one.
 */
import { writeFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { Arena } from '../../src/dataplane/arena.ts';
import { loadSyscalls } from '../../src/platform/ffi/syscalls.ts';
import { SystemCallError } from '../../src/platform/ffi/system-call-error.ts';
import type { TunHandle } from '../../src/platform/linux/tun.ts';
import { LinuxTun, openTun } from '../../src/platform/linux/tun.ts';
import { prefix, withNetlink } from './netns-private.ts';

const FRAME_BYTES = 1 << 17;
const VIRTIO_HEADER_BYTES = 10;
const TUNSETOFFLOAD = 0x400454d0;
const MTU = 1420;
/** Packets that the kernel sends of its own accord, such as router solicitations, have other addresses. */
const PATIENCE = 50;

/** Through here, both ways: what has these addresses is forwarded. */
export const FORWARDED = {
  4: { source: '10.7.0.9', destination: '10.8.0.9' },
  6: { source: 'fd07::9', destination: 'fd08::9' },
} as const;

export class ForwardingKernel {
  readonly mtu = MTU;
  readonly #syscalls = loadSyscalls();
  readonly #arena = new Arena(16);
  readonly #frame = this.#arena.reserve(FRAME_BYTES);
  readonly #vector = this.#arena.reserve(16);
  readonly #in: LinuxTun;
  readonly #out: LinuxTun;

  constructor() {
    this.#in = this.#create('splitin', ['10.7.0.1/24', 'fd07::1/64']);
    const out = openTun({ name: 'splitout', mtu: MTU });
    this.#refuseOffloads(out);
    this.#out = this.#start(out, ['10.8.0.1/24', 'fd08::1/64']);
    writeFileSync('/proc/sys/net/ipv4/ip_forward', '1');
    writeFileSync('/proc/sys/net/ipv6/conf/all/forwarding', '1');
  }

  close(): void {
    this.#in.close();
    this.#out.close();
  }

  /** Whether the kernel takes super-packets of UDP too. */
  get takesUdp(): boolean {
    return this.#in.offloads.udp;
  }

  /** What the kernel makes of a frame, `count` packets at most, with one hop less to live. */
  async forward(frame: Uint8Array, count: number): Promise<Uint8Array[]> {
    this.#drain();
    this.#write(frame);
    const packets: Uint8Array[] = [];
    for (let idle = 0; packets.length < count && idle < PATIENCE; ) {
      const packet = this.#readForwarded();
      if (packet !== undefined) packets.push(packet);
      else if (idle++ > 0) await setTimeout(1);
    }
    return packets;
  }

  #create(name: string, addresses: readonly string[]): LinuxTun {
    return this.#start(openTun({ name, mtu: MTU }), addresses);
  }

  #start(handle: TunHandle, addresses: readonly string[]): LinuxTun {
    withNetlink((netlink) => {
      const index = netlink.linkIndex(handle.name);
      for (const text of addresses) netlink.addAddress(index, prefix(text));
      netlink.setLink(index, { up: true });
    });
    return new LinuxTun(this.#syscalls, this.#arena, handle);
  }

  #refuseOffloads({ descriptor }: TunHandle): void {
    if (this.#syscalls.ioctl(descriptor, TUNSETOFFLOAD, 0) < 0)
      throw new SystemCallError('ioctl TUNSETOFFLOAD', this.#syscalls.errno());
  }

  #write(frame: Uint8Array): void {
    const { bytes, view } = this.#arena;
    bytes.set(frame, this.#frame);
    view.setBigUint64(this.#vector, BigInt(this.#syscalls.addressOf(bytes) + this.#frame), true);
    view.setBigUint64(this.#vector + 8, BigInt(frame.length), true);
    const result = this.#in.write(this.#vector, 1);
    if (result !== 0) throw new SystemCallError('write', -result, 'hand a frame to the kernel');
  }

  #drain(): void {
    while (this.#out.read(this.#frame, FRAME_BYTES) > 0);
    while (this.#in.read(this.#frame, FRAME_BYTES) > 0);
  }

  /** The next packet that came through; undefined where there is none yet. */
  #readForwarded(): Uint8Array | undefined {
    for (let length = 1; length > 0; ) {
      length = this.#out.read(this.#frame, FRAME_BYTES);
      const packet = this.#arena.bytes.slice(this.#frame + VIRTIO_HEADER_BYTES, this.#frame + Math.max(length, 0));
      if (isForwarded(packet)) return packet;
    }
    return undefined;
  }
}

/** From the 9th host of the first network. */
function isForwarded(packet: Uint8Array): boolean {
  const lastOfSource = packet[0] === undefined ? -1 : packet[0] >>> 4 === 4 ? 15 : 23;
  return packet[lastOfSource] === 9;
}
