/** Any TUN, with a recorder that sees what is read from it and written to it. */
import { VIRTIO_HEADER_BYTES } from '../../kernels/kernel.ts';
import type { Tun, TunOffloads } from '../../platform/tun.ts';
import type { Arena } from '../arena.ts';
import type { PacketRecorder } from './packet-recorder.ts';
import { DIRECTION } from './packet-recorder.ts';

const MAX_FRAME_BYTES = VIRTIO_HEADER_BYTES + 65536;
/** struct iovec: address and size, 8 bytes each. */
const IOVEC = { size: 8, bytes: 16 } as const;

export class RecordingTun implements Tun {
  readonly #tun: Tun;
  readonly #arena: Arena;
  readonly #baseAddress: number;
  readonly #recorder: PacketRecorder;
  /** A written frame lies in pieces; BOUNDED by the largest frame. */
  readonly #frame = new Uint8Array(MAX_FRAME_BYTES);

  /** @param baseAddress what iovec addresses are relative to: the machine address of the arena's first byte */
  constructor(tun: Tun, arena: Arena, baseAddress: number, recorder: PacketRecorder) {
    this.#tun = tun;
    this.#arena = arena;
    this.#baseAddress = baseAddress;
    this.#recorder = recorder;
  }

  get name(): string {
    return this.#tun.name;
  }

  get mtu(): number {
    return this.#tun.mtu;
  }

  set mtu(mtu: number) {
    this.#tun.mtu = mtu;
  }

  get descriptor(): number {
    return this.#tun.descriptor;
  }

  get offloads(): TunOffloads {
    return this.#tun.offloads;
  }

  read(offset: number, capacity: number): number {
    const length = this.#tun.read(offset, capacity);
    const packet = length - VIRTIO_HEADER_BYTES;
    if (packet > 0) this.#recorder.inner(DIRECTION.out, this.#arena.bytes, offset + VIRTIO_HEADER_BYTES, packet);
    return length;
  }

  write(vector: number, count: number): number {
    const result = this.#tun.write(vector, count);
    if (result !== 0) return result;
    const packet = this.#gather(vector, count) - VIRTIO_HEADER_BYTES;
    if (packet > 0) this.#recorder.inner(DIRECTION.in, this.#frame, VIRTIO_HEADER_BYTES, packet);
    return result;
  }

  close(): void {
    this.#tun.close();
  }

  /** Returns the bytes of the whole frame. */
  #gather(vector: number, count: number): number {
    const { bytes, view } = this.#arena;
    let end = 0;
    for (let i = 0; i < count; i++) {
      const entry = vector + i * IOVEC.bytes;
      const offset = Number(view.getBigUint64(entry, true)) - this.#baseAddress;
      const length = Number(view.getBigUint64(entry + IOVEC.size, true));
      if (end + length > MAX_FRAME_BYTES) return 0;
      this.#frame.set(bytes.subarray(offset, offset + length), end);
      end += length;
    }
    return end;
  }
}
