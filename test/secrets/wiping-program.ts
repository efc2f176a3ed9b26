/**
 * Two whole tunnel ends in one process make sessions, rekey and end; then the process looks through all of its
 * own memory for every secret that they had. Prints what it found as JSON. Takes the name of an AEAD kernel;
 * run with --expose-gc.
 */
import { webcrypto } from 'node:crypto';
import { nodeCrypto } from '../../src/crypto/node-crypto.ts';
import type { KernelName } from '../../src/kernels/kernel.ts';
import type { HandshakeCrypto } from '../../src/protocol/crypto.ts';
import type { PeerId } from '../../src/protocol/engine-port.ts';
import { WholeWorld } from '../sim/whole-world.ts';
import { findInMemory, HiddenBytes } from '../support/memory-scan.ts';

export interface SecretsFound {
  readonly name: string;
  /** How many secrets of the kind there were. */
  readonly count: number;
  /** Where they stand while the tunnel is up, and after it has ended. */
  readonly during: readonly string[];
  readonly after: readonly string[];
}

const PEER = 0 as PeerId;
const gc = (globalThis as { gc?: () => void }).gc ?? (() => undefined);

/** By kind. BOUNDED by the length of the program. */
const noted: { readonly name: string; readonly bytes: HiddenBytes }[] = [];

function note(name: string, bytes: Uint8Array): void {
  noted.push({ name, bytes: new HiddenBytes(bytes) });
}

/** Every secret that the handshake makes on its way: chaining keys, encryption keys, transport keys. */
function watchedCrypto(): HandshakeCrypto {
  const crypto = nodeCrypto();
  return {
    ...crypto,
    dh: (own, remote) => {
      const secret = crypto.dh(own, remote);
      if (secret !== undefined) note('shared secrets', secret);
      return secret;
    },
    kdf: (key, input, count) => {
      const keys = crypto.kdf(key, input, count);
      for (const [index, derived] of keys.entries()) note(derivedName(input, index, count), derived);
      return keys;
    },
  };
}

/** What the paper makes of the outputs of KDF1, KDF2 and KDF3 (5.4.2, 5.4.3, 5.4.5). */
function derivedName(input: Uint8Array, index: number, count: number): string {
  if (input.length === 0) return 'transport keys';
  if (index === 0) return 'chaining keys';
  return index === count - 1 ? 'encryption keys' : 'mixed-in preshared keys';
}

function drawn(name: string): Uint8Array {
  const bytes = webcrypto.getRandomValues(new Uint8Array(32));
  // As the core stores it: clamped (RFC 7748, 5). The edges are left out, to find both forms.
  note(name, bytes.subarray(1, 31));
  return bytes;
}

function begin(kernel: KernelName): WholeWorld {
  const privateKey = drawn('private key');
  const preshared = drawn('preshared key');
  const crypto = watchedCrypto();
  const world = new WholeWorld({ host: (index) => ({ kernel, crypto, ...(index === 1 && { privateKey }) }) });
  for (const host of [world.alice, world.bob]) host.steer((tunnel) => tunnel.setPresharedKey(PEER, preshared));
  privateKey.fill(0);
  preshared.fill(0);
  return world;
}

/** Traffic through two handshakes. */
function live(world: WholeWorld): void {
  for (let second = 0; second < 130; second++) {
    world.send(world.alice, world.bob);
    world.send(world.bob, world.alice);
    world.advance(1_000);
  }
}

function end(world: WholeWorld): void {
  for (const host of [world.alice, world.bob]) host.steer((tunnel) => tunnel.end(world.clock.now()));
}

function report(during: string[][], after: string[][]): SecretsFound[] {
  return [...new Set(noted.map(({ name }) => name))].map((name) => {
    const own = noted.flatMap((secret, index) => (secret.name === name ? [index] : []));
    const places = (found: string[][]): string[] => own.flatMap((index) => found[index] ?? []);
    return { name, count: own.length, during: places(during), after: places(after) };
  });
}

const world = begin((process.argv[2] ?? 'wasm-simd') as KernelName);
live(world);
const secrets = noted.map(({ bytes }) => bytes);
const during = findInMemory(secrets);
end(world);
gc();
await new Promise((resolve) => setTimeout(resolve, 50));
gc();
console.log(JSON.stringify(report(during, findInMemory(secrets))));
