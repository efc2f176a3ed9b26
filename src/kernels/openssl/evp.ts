/**
 * The few functions of OpenSSL's EVP interface that an AEAD needs, as the Node binary itself carries
 * them. Kernels lie below `platform`, so this is the one other place that loads the FFI library.
 */
import { createRequire } from 'node:module';

/** Pointers are absolute addresses as numbers, 0 for NULL. Results of 1 mean success. */
export interface Evp {
  newContext(): number;
  chacha20Poly1305(): number;
  init(context: number, cipher: number, engine: number, key: number, nonce: number, encrypt: number): number;
  control(context: number, command: number, argument: number, pointer: number): number;
  update(context: number, target: number, written: number, source: number, length: number): number;
  final(context: number, target: number, written: number): number;
  addressOf(memory: Uint8Array): number;
}

type Koffi = typeof import('koffi');

/** Throws where the FFI library has no build for the platform, or Node has another crypto library. */
export function loadEvp(): Evp {
  const koffi = createRequire(import.meta.url)('koffi') as Koffi;
  const process = koffi.load(null);
  const bind = (symbol: string, result: string, parameters: string[]) => process.func(symbol, result, parameters);
  const pointer = 'int64';
  return {
    newContext: bind('EVP_CIPHER_CTX_new', pointer, []),
    chacha20Poly1305: bind('EVP_chacha20_poly1305', pointer, []),
    init: bind('EVP_CipherInit_ex', 'int', [pointer, pointer, pointer, pointer, pointer, 'int']),
    control: bind('EVP_CIPHER_CTX_ctrl', 'int', [pointer, 'int', 'int', pointer]),
    update: bind('EVP_CipherUpdate', 'int', [pointer, pointer, pointer, pointer, 'int']),
    final: bind('EVP_CipherFinal_ex', 'int', [pointer, pointer, pointer]),
    addressOf: (memory) => Number(koffi.address(memory)),
  };
}
