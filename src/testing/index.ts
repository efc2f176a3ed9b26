/** `awg-vpn/testing`: a world in memory to run tunnels in, replayable from a seed and a virtual clock. */

export { RingRecorder } from '../dataplane/capture/capture-ring.ts';
export type { Direction, PacketRecorder } from '../dataplane/capture/packet-recorder.ts';
export { RecordingCarrier } from '../dataplane/capture/recording-carrier.ts';
export { RecordingTun } from '../dataplane/capture/recording-tun.ts';
export type { Datagram, DatagramSink, MemoryCarrierOptions } from '../transport/memory/memory-carrier.ts';
export { MemoryCarrier } from '../transport/memory/memory-carrier.ts';
export { address, endpoint, endpointKey } from './addresses.ts';
export type { Bursts, FaultCounts, Faults } from './fault-injector.ts';
export { FaultInjector } from './fault-injector.ts';
export type { VirtioHeader } from './frames.ts';
export {
  frameOf,
  frameProblem,
  GSO,
  parseVirtioHeader,
  partialChecksumFrame,
  segmentFrame,
  superFrame,
} from './frames.ts';
export type { Connection, DatagramMiddleware, DatagramObserver } from './memory-network.ts';
export { MemoryNetwork } from './memory-network.ts';
export type { MemoryTunOptions } from './memory-tun.ts';
export { MemoryTun } from './memory-tun.ts';
export type { NatMapping, NatOptions } from './nat.ts';
export { Nat } from './nat.ts';
export type { EchoFields, Flow, IpFields, ParsedPacket, PortFields, TcpFields } from './packets.ts';
export { echoPacket, ipPacket, isIntact, parsePacket, TCP_FLAG, tcpPacket, udpPacket } from './packets.ts';
export { SeededRandom } from './seeded-random.ts';
export { VirtualClock } from './virtual-clock.ts';
