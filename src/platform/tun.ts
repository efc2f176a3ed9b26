/** A layer-3 interface: inner packets out of the operating system and back into it, in arena memory. */
export interface Tun {
  readonly name: string;
  /** Bytes; whoever hears of another one says so here. */
  mtu: number;
  /** Descriptor that becomes readable when `read` has something, -1 for one in memory. */
  readonly descriptor: number;
  readonly offloads: TunOffloads;
  /**
   * Reads one frame, a virtio header and a packet, to `offset` without blocking. A device without
   * IFF_VNET_HDR writes an all-zero header itself, so that there is one format.
   * Returns the bytes of both, 0 when there is nothing, or a negative errno.
   */
  read(offset: number, capacity: number): number;
  /** Writes one frame from an iovec array in the arena (first bytes: the virtio header). 0 or a negative errno. */
  write(vector: number, count: number): number;
  close(): void;
}

export interface TunOffloads {
  /** Frames carry TCP super-packets both ways. */
  readonly tcp: boolean;
  /** Frames carry UDP super-packets (kernel 6.2 and later). */
  readonly udp: boolean;
}
