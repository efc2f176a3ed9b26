/** Fields of IPv4 (RFC 791), IPv6 (RFC 8200), TCP (RFC 9293) and UDP (RFC 768), as offsets into their headers. */
import { sum } from './checksum';

export const IP4_BYTES: i32 = 20;
export const IP4_LENGTH: usize = 2;
export const IP4_ID: usize = 4;
export const IP4_FRAGMENT: usize = 6;
export const IP4_TTL: usize = 8;
export const IP4_PROTOCOL: usize = 9;
export const IP4_CHECKSUM: usize = 10;
export const IP4_ADDRESSES: usize = 12;

export const IP6_BYTES: i32 = 40;
export const IP6_LENGTH: usize = 4;
export const IP6_NEXT_HEADER: usize = 6;
export const IP6_HOP_LIMIT: usize = 7;
export const IP6_ADDRESSES: usize = 8;

export const TCP: u32 = 6;
export const TCP_BYTES: i32 = 20;
export const TCP_SEQUENCE: usize = 4;
export const TCP_ACKNOWLEDGEMENT: usize = 8;
export const TCP_DATA_OFFSET: usize = 12;
export const TCP_FLAGS: usize = 13;
export const TCP_WINDOW: usize = 14;
export const TCP_CHECKSUM: usize = 16;
export const FIN: u8 = 0x01;
export const PSH: u8 = 0x08;
export const ACK: u8 = 0x10;
export const CWR: u8 = 0x80;

export const UDP: u32 = 17;
export const UDP_BYTES: i32 = 8;
export const UDP_LENGTH: usize = 4;
export const UDP_CHECKSUM: usize = 6;

/** The virtio network header (virtio 1.2, 5.1.6) that a TUN with IFF_VNET_HDR puts before each packet. */
export const VIRTIO_BYTES: i32 = 10;
export const VIRTIO_FLAGS: usize = 0;
export const VIRTIO_GSO_TYPE: usize = 1;
export const VIRTIO_HEADER_LENGTH: usize = 2;
export const VIRTIO_GSO_SIZE: usize = 4;
export const VIRTIO_CHECKSUM_START: usize = 6;
export const VIRTIO_CHECKSUM_OFFSET: usize = 8;
export const NEEDS_CHECKSUM: u8 = 1;
export const GSO_NONE: u8 = 0;
export const GSO_TCP4: u8 = 1;
export const GSO_TCP6: u8 = 4;
export const GSO_UDP: u8 = 5;
/** May be set on top of the TCP types: the flow uses explicit congestion notification. */
export const GSO_ECN: u8 = 0x80;

export function load16(p: usize): i32 {
  return <i32>bswap<u16>(load<u16>(p));
}

export function store16(p: usize, value: i32): void {
  store<u16>(p, bswap<u16>(<u16>value));
}

export function load32(p: usize): u32 {
  return bswap<u32>(load<u32>(p));
}

export function store32(p: usize, value: u32): void {
  store<u32>(p, bswap<u32>(value));
}

export function ipVersion(packet: usize): u32 {
  return load<u8>(packet) >> 4;
}

export function ip4HeaderBytes(packet: usize): i32 {
  return (<i32>(load<u8>(packet) & 15)) << 2;
}

export function tcpHeaderBytes(transport: usize): i32 {
  return (<i32>(load<u8>(transport, TCP_DATA_OFFSET) >> 4)) << 2;
}

/** Sum of the pseudo header (RFC 9293, 3.1; RFC 8200, 8.1) of a TCP segment or UDP datagram of `length` bytes. */
export function pseudoHeaderSum(packet: usize, protocol: u32, length: i32): u64 {
  const addresses = ipVersion(packet) === 4 ? sum(packet + IP4_ADDRESSES, 8) : sum(packet + IP6_ADDRESSES, 32);
  return addresses + <u64>(protocol << 8) + <u64>bswap<u16>(<u16>length);
}
