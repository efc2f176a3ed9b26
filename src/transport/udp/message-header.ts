/**
 * Layout of the structures of `sendmmsg` and `recvmmsg` on 64-bit Linux, in 32-bit words.
 *
 *     mmsghdr (64 bytes)                 iovec (16)      cmsghdr (16)
 *     0   name       pointer             0  address      0   length u64, header included
 *     8   nameLength u32                 8  length       8   level i32
 *     16  vector     pointer                             12  type i32
 *     24  count      u64                                 16  data, padded to 8
 *     32  control    pointer
 *     40  controlLength u64
 *     48  flags      i32
 *     56  length     u32, bytes moved
 */
export const MESSAGE = {
  name: 0,
  nameLength: 2,
  vector: 4,
  count: 6,
  control: 8,
  controlLength: 10,
  flags: 12,
  length: 14,
  bytes: 64,
} as const;

export const IOVEC = { address: 0, length: 2, bytes: 16 } as const;

export const CONTROL = { length: 0, level: 2, type: 3, data: 4, headerBytes: 16 } as const;

export const IPPROTO_IP = 0;
export const IP_PKTINFO = 8;
export const IPPROTO_IPV6 = 41;
export const IPV6_PKTINFO = 50;
export const SOL_UDP = 17;
export const UDP_SEGMENT = 103;
export const UDP_GRO = 104;

/** in_pktinfo: interface index, our address, destination in the header; words. */
export const PACKET_INFO_V4 = { interfaceIndex: 0, address: 1, bytes: 12 } as const;
/** in6_pktinfo: our address, interface index; words. */
export const PACKET_INFO_V6 = { address: 0, interfaceIndex: 4, bytes: 20 } as const;
