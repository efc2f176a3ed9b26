/**
 * What goes round in a rehearsal: frames as a TUN hands them over, a virtio header and an IPv4 packet.
 * From and to 0.0.0.0, so that addresses add nothing to a checksum.
 */
import { VIRTIO_HEADER_BYTES } from '../kernels/kernel.ts';

const IP_BYTES = 20;
const TCP_BYTES = 20;
const UDP_BYTES = 8;
const TCP = 6;
const UDP = 17;
const NEEDS_CHECKSUM = 1;
const GSO_TCP4 = 1;
const TCP_CHECKSUM = 16;
const ACK = 0x10;

/** A packet as small as a ping. */
const SMALL_PAYLOAD = 64;
const SEGMENT = 1360;
const SEGMENTS = 2;

/** A UDP packet, and a super-packet of TCP whose cutting is left to us. */
export function rehearsalFrames(): readonly [single: Uint8Array, large: Uint8Array] {
  const single = newFrame(UDP, UDP_BYTES + SMALL_PAYLOAD);
  new DataView(single.buffer).setUint16(VIRTIO_HEADER_BYTES + IP_BYTES + 4, UDP_BYTES + SMALL_PAYLOAD);
  return [single, superPacket()];
}

function newFrame(protocol: number, bytes: number): Uint8Array {
  const frame = new Uint8Array(VIRTIO_HEADER_BYTES + IP_BYTES + bytes);
  const view = new DataView(frame.buffer, VIRTIO_HEADER_BYTES);
  view.setUint8(0, 0x45);
  view.setUint16(2, IP_BYTES + bytes);
  view.setUint8(8, 64);
  view.setUint8(9, protocol);
  return frame;
}

function superPacket(): Uint8Array {
  const bytes = TCP_BYTES + SEGMENT * SEGMENTS;
  const frame = newFrame(TCP, bytes);
  const virtio = new DataView(frame.buffer);
  virtio.setUint8(0, NEEDS_CHECKSUM);
  virtio.setUint8(1, GSO_TCP4);
  virtio.setUint16(2, IP_BYTES + TCP_BYTES, true);
  virtio.setUint16(4, SEGMENT, true);
  virtio.setUint16(6, IP_BYTES, true);
  virtio.setUint16(8, TCP_CHECKSUM, true);
  const tcp = new DataView(frame.buffer, VIRTIO_HEADER_BYTES + IP_BYTES);
  tcp.setUint8(12, (TCP_BYTES / 4) << 4);
  tcp.setUint8(13, ACK);
  tcp.setUint16(TCP_CHECKSUM, TCP + bytes); // the sum of the pseudo header, as the kernel leaves it
  return frame;
}
