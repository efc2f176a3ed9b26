/**
 * Loading the compiled kernels: all of them work on the memory of the arena and have no other import.
 * `npm run build` puts them beside the sources and beside the compiled code.
 */
import { readFileSync } from 'node:fs';
import type { Arena } from '../../dataplane/arena.ts';

export type WasmModuleName = 'aead-relaxed' | 'aead-simd' | 'handshake' | 'header-mask' | 'packets';

export function readModule(name: WasmModuleName): Uint8Array {
  return readFileSync(new URL(`./build/${name}.wasm`, import.meta.url));
}

/** `Exports` is what the module's AssemblyScript exports. Throws where the engine lacks an instruction. */
export function instantiate<Exports>(bytes: Uint8Array, arena: Arena): Exports {
  const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory: arena.memory } });
  return instance.exports as Exports;
}
