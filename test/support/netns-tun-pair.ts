/**
 * Two TUN devices, one here and one in another namespace, and a wire between them: what one hands out is
 * written into the other unchanged, super-packets and all. So the systems on both sides talk to each
 * other through nothing but `LinuxTun`.
 */
import { Arena } from '../../src/dataplane/arena.ts';
import type { Syscalls } from '../../src/platform/ffi/syscalls.ts';
import { loadSyscalls } from '../../src/platform/ffi/syscalls.ts';
import { NetworkNamespace } from '../../src/platform/linux/namespace.ts';
import type { TunHandle } from '../../src/platform/linux/tun.ts';
import { LinuxTun, openTun } from '../../src/platform/linux/tun.ts';
import { prefix, withNetlink } from './netns-private.ts';

const FRAME_BYTES = 1 << 17;
const IOVEC_BYTES = 16;

export interface TunSide {
  readonly namespace: NetworkNamespace;
  readonly handle: TunHandle;
  readonly tun: LinuxTun;
}

/** A frame that went over the wire: its virtio header (10 bytes) and its whole length. */
export interface SeenFrame {
  readonly length: number;
  readonly gsoType: number;
  readonly headerIsZero: boolean;
}

export class TunPair {
  readonly near: TunSide;
  readonly far: TunSide;
  /** BOUNDED: the test's own traffic. */
  readonly seen: SeenFrame[] = [];
  readonly writeErrors: number[] = [];
  readonly #syscalls: Syscalls;
  readonly #arena = new Arena(16);
  readonly #frame = this.#arena.reserve(FRAME_BYTES);
  readonly #vector = this.#arena.reserve(IOVEC_BYTES);
  #open = true;

  /** @param syscalls decides what the devices can do */
  constructor(syscalls: Syscalls = loadSyscalls()) {
    this.#syscalls = syscalls;
    this.near = this.#createSide(NetworkNamespace.current(), 'near', ['10.7.0.1/24', 'fd07::1/64']);
    this.far = this.#createSide(NetworkNamespace.create(), 'far', ['10.7.0.2/24', 'fd07::2/64']);
    this.#pump();
  }

  close(): void {
    this.#open = false;
    for (const { tun, namespace } of [this.near, this.far]) {
      tun.close();
      namespace.close();
    }
  }

  #createSide(namespace: NetworkNamespace, name: string, addresses: readonly string[]): TunSide {
    return namespace.run(() => {
      const handle = openTun({ name, mtu: 1420 }, this.#syscalls);
      withNetlink((netlink) => {
        const index = netlink.linkIndex(name);
        for (const text of addresses) netlink.addAddress(index, prefix(text));
        netlink.setLink(index, { up: true });
      });
      return { namespace, handle, tun: new LinuxTun(this.#syscalls, this.#arena, handle) };
    });
  }

  #pump(): void {
    if (!this.#open) return;
    this.#carry(this.near.tun, this.far.tun);
    this.#carry(this.far.tun, this.near.tun);
    setTimeout(() => this.#pump(), 1);
  }

  #carry(from: LinuxTun, to: LinuxTun): void {
    for (let length = from.read(this.#frame, FRAME_BYTES); length > 0; length = from.read(this.#frame, FRAME_BYTES)) {
      const header = this.#arena.bytes.slice(this.#frame, this.#frame + 10);
      this.seen.push({
        length,
        gsoType: header[1] & 0x7f,
        headerIsZero: header.every((byte) => byte === 0),
      });
      const base = this.#syscalls.addressOf(this.#arena.bytes);
      this.#arena.view.setBigUint64(this.#vector, BigInt(base + this.#frame), true);
      this.#arena.view.setBigUint64(this.#vector + 8, BigInt(length), true);
      const result = to.write(this.#vector, 1);
      if (result !== 0) this.writeErrors.push(result);
    }
  }
}
