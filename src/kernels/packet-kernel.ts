/**
 * Splitting and merging of packets, checksums, transport headers: see `wasm/assembly/packets.ts`.
 * The exports of the module are the interface, so a call costs what a WebAssembly call costs.
 */
import type { Arena } from '../dataplane/arena.ts';
import type { PacketKernel } from './kernel.ts';
import { instantiate, readModule } from './wasm/load.ts';

/** A boolean arrives in WebAssembly as 0 or 1, so the exports fit the interface as they are. */
interface PacketExports extends PacketKernel {
  configure(region: number, baseAddress: number): void;
  stateBytes(): number;
}

/**
 * One for each thread that has packets to split or merge.
 *
 * @param baseAddress absolute address of the arena's first byte, from which iovecs are made; 0 keeps
 *   them relative to the arena, for a TUN in memory
 */
export function createPacketKernel(arena: Arena, baseAddress: number): PacketKernel {
  const exports = instantiate<PacketExports>(readModule('packets'), arena);
  exports.configure(arena.reserve(exports.stateBytes()), baseAddress);
  return exports;
}
