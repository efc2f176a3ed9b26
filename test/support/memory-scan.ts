/**
 * Looks for known bytes in all memory of this process: V8's heaps, buffers, WebAssembly, OpenSSL, freed
 * blocks of malloc. Whoever asks must not have the bytes lying about: they are kept inverted.
 */
import { closeSync, openSync, readFileSync, readSync } from 'node:fs';

const PIECE_BYTES = 4 << 20;

/** Bytes that are nowhere in memory as themselves. */
export class HiddenBytes {
  readonly #inverted: Uint8Array;
  /** The first that is not zero: most memory is, and each zero in it would be a place to look at. */
  readonly #anchor: number;

  /** Does not keep `bytes`. */
  constructor(bytes: Uint8Array) {
    this.#inverted = new Uint8Array(new ArrayBuffer(bytes.length));
    for (let i = 0; i < bytes.length; i++) this.#inverted[i] = ~(bytes[i] ?? 0);
    this.#anchor = Math.max(
      0,
      bytes.findIndex((byte) => byte !== 0),
    );
  }

  get length(): number {
    return this.#inverted.length;
  }

  /** How often they stand in the `length` first bytes of `memory`. */
  countIn(memory: Buffer, length: number): number {
    const sought = ~(this.#inverted[this.#anchor] ?? 0) & 255;
    const end = length - this.length + this.#anchor;
    let count = 0;
    for (let at = memory.indexOf(sought, this.#anchor); at >= 0 && at <= end; at = memory.indexOf(sought, at + 1))
      if (this.#standsAt(memory, at - this.#anchor)) count++;
    return count;
  }

  #standsAt(memory: Uint8Array, at: number): boolean {
    for (let i = 0; i < this.length; i++)
      if ((((memory[at + i] ?? 0) ^ (this.#inverted[i] ?? 0)) & 255) !== 255) return false;
    return true;
  }
}

interface Region {
  readonly from: number;
  readonly to: number;
  readonly name: string;
}

/** Where each of the secrets stands, as `region xN`. BOUNDED by the regions of the process. */
export function findInMemory(secrets: readonly HiddenBytes[]): string[][] {
  const memory = openSync('/proc/self/mem', 'r');
  const piece = Buffer.from(new ArrayBuffer(PIECE_BYTES));
  const found: string[][] = secrets.map(() => []);
  try {
    for (const region of writableRegions()) {
      const counts = countInRegion(memory, region, piece, secrets);
      for (const [index, count] of counts.entries()) if (count > 0) found[index]?.push(`${region.name} x${count}`);
    }
  } finally {
    piece.fill(0);
    closeSync(memory);
  }
  return found;
}

function writableRegions(): Region[] {
  const lines = readFileSync('/proc/self/maps', 'utf8').split('\n');
  return lines.flatMap((line) => {
    const [, from, to, rights, name] = /^([0-9a-f]+)-([0-9a-f]+) (\S+) \S+ \S+ \S+\s*(.*)$/.exec(line) ?? [];
    if (from === undefined || to === undefined || !rights?.startsWith('rw')) return [];
    return [
      { from: Number.parseInt(from, 16), to: Number.parseInt(to, 16), name: name === '' ? 'anonymous' : (name ?? '') },
    ];
  });
}

/** Pieces overlap, so that nothing that lies across two is missed; what the piece itself holds does not count. */
function countInRegion(memory: number, { from, to }: Region, piece: Buffer, secrets: readonly HiddenBytes[]): number[] {
  const counts = secrets.map(() => 0);
  const overlap = Math.max(...secrets.map(({ length }) => length)) - 1;
  for (let at = from; at < to; at += PIECE_BYTES - overlap) {
    piece.fill(0);
    const length = readSome(memory, piece, Math.min(PIECE_BYTES, to - at), at);
    secrets.forEach((secret, index) => {
      counts[index] = (counts[index] ?? 0) + secret.countIn(piece, length);
    });
  }
  return counts;
}

/** Some regions, such as those of the kernel, cannot be read. */
function readSome(memory: number, piece: Buffer, length: number, at: number): number {
  try {
    return readSync(memory, piece, 0, length, at);
  } catch {
    return 0;
  }
}
