/**
 * The file in which the memory of networks outlives the process. Best effort: without it, or with a
 * broken one, every search begins at the first carrier. Networks and peers are in it as hashes only,
 * since where somebody has been is nobody else's business.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { CarrierName } from '../../transport/carrier-name.ts';
import { NetworkMemory } from '../../transport/selection/network-memory.ts';
import { replaceFile } from './replace-file.ts';

/** Where a file goes that this process may write, or has written. @throws when it cannot be */
export type FileWriter = (path: string, text: string) => void;

const VERSION = 1;
/** A file that is longer is none of ours: 64 networks with 64 peers each stay below it. */
const MAX_FILE_BYTES = 1 << 20;

export class RememberedCarriers {
  readonly #path: string | undefined;
  readonly #write: FileWriter;
  readonly #memory: NetworkMemory;

  /** @param path of the file; undefined: remembered as long as the process lives */
  constructor(path: string | undefined, write: FileWriter = replaceFile) {
    this.#path = path;
    this.#write = write;
    this.#memory = path === undefined ? new NetworkMemory() : readMemory(path);
  }

  /** @param publicKey of the peer */
  recall(network: string, publicKey: Uint8Array): CarrierName | undefined {
    return this.#memory.recall(digest(network), digest(publicKey));
  }

  remember(network: string, publicKey: Uint8Array, carrier: CarrierName): void {
    const isNews = this.#memory.remember(digest(network), digest(publicKey), carrier);
    if (isNews && this.#path !== undefined) writeMemory(this.#path, this.#memory, this.#write);
  }
}

function digest(value: string | Uint8Array): string {
  return createHash('sha256').update(value).digest('hex').slice(0, 32);
}

function readMemory(path: string): NetworkMemory {
  try {
    const text = readFileSync(path, 'utf8');
    const value: unknown = text.length > MAX_FILE_BYTES ? undefined : JSON.parse(text);
    return NetworkMemory.fromJson(isCurrent(value) ? value.networks : undefined);
  } catch {
    return new NetworkMemory();
  }
}

function isCurrent(value: unknown): value is { readonly networks: unknown } {
  return (
    typeof value === 'object' &&
    value !== null &&
    'version' in value &&
    value.version === VERSION &&
    'networks' in value
  );
}

/** A read-only or full disk costs the memory, not the tunnel. */
function writeMemory(path: string, memory: NetworkMemory, write: FileWriter): void {
  try {
    write(path, `${JSON.stringify({ version: VERSION, networks: memory.toJson() })}\n`);
  } catch {
    // Nothing depends on it.
  }
}
