/**
 * The default AEAD: our own WebAssembly (`assembly/aead.ts`), one call a batch, nothing in between.
 */
import type { Arena } from '../../dataplane/arena.ts';
import type { AeadKernel } from '../kernel.ts';
import { instantiate, readModule } from './load.ts';

interface AeadExports extends Pick<AeadKernel, 'seal' | 'open'> {
  configure(region: number): void;
  regionBytes(): number;
  poly1305(key: number, message: number, length: number, target: number): void;
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
