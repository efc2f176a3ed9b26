/**
 * What brings datagrams to the peer: UDP or streams. Batch in, batch out; the data plane sees only this
 * interface.
 *
 * A path record says where a datagram came from, and is handed back to answer there. It lies in the
 * arena, 48 bytes, in the layout of Linux so that the kernel can read it in place:
 *
 *     0   sockaddr_in (16 bytes) or sockaddr_in6 (28 bytes) of the peer
 *     28  interface index u32 of the local address, 0 = none
 *     32  local address, 4 or 16 bytes, zero = let the system choose
 *
 * The first u16 is the family. Where it is STREAM_FAMILY, a bundle of connections leads there:
 *
 *     0   family u16
 *     2   port u16 of the peer, big endian
 *     4   bundle u32: the path is where this says, the rest only tells who is there
 *     8   address of the peer, 16 bytes, IPv4 as ::ffff:a.b.c.d
 *     24  scope id u32
 *     28  zero
 */
export const PATH_BYTES = 48;

/** No address family of Linux is as high as this. */
export const STREAM_FAMILY = 0xff01;

/** Offset of the bundle in the path record of a stream. */
export const PATH_BUNDLE = 4;

/** What one `receive` brought, as parallel arrays; entry i is valid for i < count. */
export interface ReceivedMessages {
  /** Arena offset of the first byte. */
  readonly offset: Int32Array;
  readonly length: Int32Array;
  /** Size of each datagram in it (the last may be shorter); equal to length when there is one. */
  readonly segment: Int32Array;
  /** Arena offset of its path record, valid until the next `receive`. */
  readonly path: Int32Array;
}

/** Runs of equal-sized datagrams (the last of a run may be shorter), contiguous in the arena. */
export interface SendRuns {
  count: number;
  readonly offset: Int32Array;
  readonly length: Int32Array;
  readonly segment: Int32Array;
  readonly path: Int32Array;
  /**
   * Hash of the inner flow, so that a bundle of connections keeps its order; the packets of a run are of
   * one flow. 0 for handshakes and keepalives, and for everything that goes by UDP.
   */
  readonly flow: Int32Array;
}

/** Bounds of one run: what UDP_SEGMENT accepts in one message. */
export const MAX_RUN_SEGMENTS = 64;
export const MAX_RUN_BYTES = 65000;

export interface SendReport {
  /** Datagrams handed to the system. */
  sent: number;
  /** Datagrams given up because the socket's buffer was full. */
  full: number;
  /** Datagrams the system refused. */
  failed: number;
}

export interface Carrier {
  readonly name: string;
  /** Descriptors that become readable when there is something to receive. */
  readonly descriptors: readonly number[];
  readonly received: ReceivedMessages;
  /**
   * Without blocking; returns the number of messages, 0 when there is nothing. Errors of single datagrams
   * are swallowed and counted. When it is fewer than `received` has room for, whatever else there is makes
   * one of `descriptors` readable: the caller may wait for that instead of asking in vain.
   */
  receive(): number;
  /** Without blocking. The report object is reused by the next call. */
  send(runs: SendRuns): SendReport;
}
