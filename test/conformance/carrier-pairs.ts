/** Two ends of each carrier, ready to talk. */
import { Arena } from '../../src/dataplane/arena.ts';
import { loadSyscalls } from '../../src/platform/ffi/syscalls.ts';
import { closeUdpSockets, openUdpSockets } from '../../src/platform/linux/udp-socket.ts';
import type { Endpoint } from '../../src/protocol/endpoint.ts';
import { MemoryNetwork } from '../../src/testing/memory-network.ts';
import type { StreamKind } from '../../src/transport/carrier-name.ts';
import { LinuxUdpCarrier } from '../../src/transport/udp/linux-udp-carrier.ts';
import { HubParty, LOOPBACK } from '../streams/hub-party.ts';
import { selfSigned } from '../support/self-signed.ts';
import { CarrierSide } from './carrier-side.ts';

export interface CarrierPair {
  readonly near: CarrierSide;
  readonly far: CarrierSide;
  /** How `near` speaks to `far` first. */
  readonly to: Endpoint;
  /** The far end is gone, as when its process dies. */
  readonly endFar: () => Promise<void>;
  readonly close: () => Promise<void>;
}

export interface CarrierUnderTest {
  readonly name: string;
  /** Bytes of the largest datagram. */
  readonly largest: number;
  readonly needsLinux: boolean;
  readonly open: () => Promise<CarrierPair>;
}

const ARENA_PAGES = 96;
const LARGEST_UDP = 65507;
const LARGEST_FRAME = 65535;

export const CARRIERS: readonly CarrierUnderTest[] = [
  { name: 'memory', largest: LARGEST_UDP, needsLinux: false, open: openMemory },
  { name: 'udp', largest: LARGEST_UDP, needsLinux: true, open: openUdp },
  { name: 'tcp', largest: LARGEST_FRAME, needsLinux: true, open: () => openStream('tcp', false) },
  { name: 'tls', largest: LARGEST_FRAME, needsLinux: true, open: () => openStream('tls', true) },
  { name: 'websocket', largest: LARGEST_FRAME, needsLinux: true, open: () => openStream('websocket', false) },
  { name: 'secure websocket', largest: LARGEST_FRAME, needsLinux: true, open: () => openStream('websocket', true) },
];

async function openMemory(): Promise<CarrierPair> {
  const network = new MemoryNetwork();
  const [near, far] = [1, 2].map((host) => {
    const arena = new Arena(ARENA_PAGES);
    const local = [{ address: Uint8Array.of(10, 0, 0, host), port: 1000, scopeId: 0 }];
    return new CarrierSide(arena, network.attach(arena, { local }));
  });
  const nothing = async (): Promise<void> => undefined;
  const to = { address: Uint8Array.of(10, 0, 0, 2), port: 1000, scopeId: 0 };
  return { near, far, to, endFar: nothing, close: nothing };
}

async function openUdp(): Promise<CarrierPair> {
  const open = (): { side: CarrierSide; port: number; close: () => void } => {
    const handle = openUdpSockets({ port: 0 });
    const arena = new Arena(ARENA_PAGES);
    const side = new CarrierSide(arena, new LinuxUdpCarrier(loadSyscalls(), arena, handle));
    let isOpen = true;
    const close = (): void => {
      if (isOpen) closeUdpSockets(handle);
      isOpen = false;
    };
    return { side, port: handle.port, close };
  };
  const [near, far] = [open(), open()];
  return {
    near: near.side,
    far: far.side,
    to: { address: LOOPBACK, port: far.port, scopeId: 0 },
    endFar: async () => far.close(),
    close: async () => {
      near.close();
      far.close();
    },
  };
}

async function openStream(kind: StreamKind, secure: boolean): Promise<CarrierPair> {
  const identity = secure ? selfSigned(['far.example']) : undefined;
  const far = await HubParty.start();
  const near = await HubParty.start();
  const websocket = kind === 'websocket' ? { websocket: { secure, host: 'far.example', path: '/path' } } : {};
  const options = { kind, address: LOOPBACK, port: 0, ...websocket };
  const { port } = await far.hub.listen(identity === undefined ? options : { ...options, tls: identity });
  const tls = identity === undefined ? {} : { tls: { pins: [identity.pin] } };
  await near.connect({ kind, ...websocket, ...tls }, port);
  return {
    near: new CarrierSide(near.arena, near.carrier),
    far: new CarrierSide(far.arena, far.carrier),
    to: { bundle: 1, address: LOOPBACK, port, scopeId: 0 },
    endFar: () => far.hub.stop(),
    close: async () => {
      await Promise.all([near.hub.stop(), far.hub.stop()]);
    },
  };
}
