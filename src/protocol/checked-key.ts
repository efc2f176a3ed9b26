/** Keys as the owner of a tunnel hands them over. */
import { isAllZero } from './bytes.ts';
import { KEY_BYTES } from './constants.ts';
import type { HandshakeCrypto, X25519Keypair } from './crypto.ts';
import { TunnelError } from './tunnel-error.ts';

/** @throws TunnelError `bad-key-length` */
export function checkedKey(what: string, key: Uint8Array): Uint8Array {
  if (key.length === KEY_BYTES) return key;
  throw new TunnelError('bad-key-length', `a ${what} has ${KEY_BYTES} bytes, not ${key.length}`);
}

/** Undefined where there is no key, or one that is all zero, which is how tools write that there is none. */
export function loadIdentity(crypto: HandshakeCrypto, raw: Uint8Array | undefined): X25519Keypair | undefined {
  const checked = raw && checkedKey('private key', raw);
  return checked === undefined || isAllZero(checked) ? undefined : crypto.loadPrivateKey(checked);
}
