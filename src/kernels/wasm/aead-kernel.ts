/**
 * The default AEAD: our own WebAssembly (`assembly/aead.ts`), one call a batch, nothing in between.
 */
import type { Arena } from '../../dataplane/arena.ts';
import type { AeadKernel } from '../kernel.ts';
import { instantiate, readModule } from './load.ts';

/** They know no `this`, so they can be taken out of the module one by one. */
interface AeadExports {
  readonly configure: (region: number) => void;
  readonly regionBytes: () => number;
  readonly seal: AeadKernel['seal'];
  readonly open: AeadKernel['open'];
  readonly poly1305: WasmAeadKernel['poly1305'];
}

/** A kernel and what only its tests need. */
export interface WasmAeadKernel extends AeadKernel {
  /** Poly1305 of `length` bytes at `message` under the one-time key at `key`; the tag goes to `target`. */
  poly1305(key: number, message: number, length: number, target: number): void;
}

const MODULES = { 'wasm-relaxed': 'aead-relaxed', 'wasm-simd': 'aead-simd' } as const;

/** Undefined where the engine lacks the instructions: relaxed SIMD came with V8 11.4 (Node 22). */
export function createWasmKernel(arena: Arena, name: keyof typeof MODULES): WasmAeadKernel | undefined {
  const bytes = readModule(MODULES[name]);
  if (!WebAssembly.validate(bytes)) return undefined;
  const exports = instantiate<AeadExports>(bytes, arena);
  exports.configure(arena.reserve(exports.regionBytes()));
  return { name, seal: exports.seal, open: exports.open, poly1305: exports.poly1305 };
}
