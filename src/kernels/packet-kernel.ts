/**
 * Splitting and merging of packets, checksums, transport headers: see `wasm/assembly/packets.ts`.
 * For all that happens per packet or batch the exports of the module are the interface, so a call
 * costs what a WebAssembly call costs.
 */
import type { Arena } from '../dataplane/arena.ts';
import type { PacketKernel } from './kernel.ts';
import type { Padding } from './padding.ts';
import { instantiate, readModule } from './wasm/load.ts';

/** A boolean arrives in WebAssembly as 0 or 1, so the exports fit the interface as they are. */
interface PacketExports extends Omit<PacketKernel, 'setPadding'> {
  configure(region: number, baseAddress: number): void;
  stateBytes(): number;
  setPadding(kind: number, low: number, high: number): void;
}

/** The names of the rules in `wasm/assembly/padding.ts`. */
const PADDING_KIND: Record<Padding['kind'], number> = { multiple: 0, content: 1, window: 2 };

/**
 * One for each thread that has packets to split or merge.
 *
 * @param baseAddress absolute address of the arena's first byte, from which iovecs are made; 0 keeps
 *   them relative to the arena, for a TUN in memory
 */
export function createPacketKernel(arena: Arena, baseAddress: number): PacketKernel {
  const exports = instantiate<PacketExports>(readModule('packets'), arena);
  exports.configure(arena.reserve(exports.stateBytes()), baseAddress);
  return { ...exports, setPadding: (padding) => setPadding(exports, padding) };
}

function setPadding(exports: PacketExports, padding: Padding): void {
  const { low, high } = padding.kind === 'content' ? padding : { low: 0, high: 0 };
  exports.setPadding(PADDING_KIND[padding.kind], low, high);
}
