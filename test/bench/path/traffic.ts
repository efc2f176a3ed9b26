/** What a local application sends, as frames that the TUN hands over. */
import { frameOf, superFrame, tcpPacket, udpPacket } from '../../../src/testing/index.ts';

export type TransportName = 'tcp' | 'udp';

export interface Traffic {
  readonly transport: TransportName;
  /** Of the inner packets, with IP header. */
  readonly packetBytes: number;
  /** Whether the system leaves the cutting to us. */
  readonly superPackets: boolean;
}

export interface FrameAddresses {
  readonly source: string;
  readonly destination: string;
}

const IP_BYTES = 20;
const HEADER_BYTES = { tcp: IP_BYTES + 20, udp: IP_BYTES + 8 } as const;
const LARGEST_PACKET = 65535;
/** The kernel makes UDP super-packets of so many datagrams at most. */
const MOST_UDP_SEGMENTS = 64;
const DEFAULT_ADDRESSES: FrameAddresses = { source: '10.128.0.1', destination: '10.0.0.1' };

/** One frame, virtio header and packet. */
export function frameOfTraffic(traffic: Traffic, addresses = DEFAULT_ADDRESSES): Uint8Array {
  const segment = traffic.packetBytes - HEADER_BYTES[traffic.transport];
  const build = traffic.transport === 'tcp' ? tcpPacket : udpPacket;
  const ports = { ...addresses, sourcePort: 40_000, destinationPort: 5201 };
  if (!traffic.superPackets) return frameOf(build({ ...ports, payload: filled(segment) }));
  return superFrame(build({ ...ports, payload: filled(segment * packetsIn(traffic)) }), segment);
}

/** Inner packets that one frame stands for. */
export function packetsIn({ transport, packetBytes, superPackets }: Traffic): number {
  if (!superPackets) return 1;
  const header = HEADER_BYTES[transport];
  const fitting = Math.floor((LARGEST_PACKET - header) / (packetBytes - header));
  return transport === 'udp' ? Math.min(fitting, MOST_UDP_SEGMENTS) : fitting;
}

function filled(bytes: number): Uint8Array {
  return Uint8Array.from({ length: bytes }, (_, index) => (index * 31) & 255);
}
