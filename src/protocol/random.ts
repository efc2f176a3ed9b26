/** Source of unpredictable values, injected so that simulations can be replayed from a seed. */
export interface Random {
  /** Fills `target` and returns it. */
  fill(target: Uint8Array): Uint8Array;
  /** Uniform 32-bit unsigned integer. */
  uint32(): number;
}

const TWO_TO_32 = 0x1_0000_0000;
const TWO_TO_53 = 0x20_0000_0000_0000;

/** Uniform integer in [0, bound). `bound` is at most 2^53; above 2^32 it costs two draws instead of one. */
export function below(random: Random, bound: number): number {
  const total = bound <= TWO_TO_32 ? TWO_TO_32 : TWO_TO_53;
  const limit = total - (total % bound);
  for (;;) {
    const value = total === TWO_TO_32 ? random.uint32() : uint53(random);
    if (value < limit) return value % bound;
  }
}

function uint53(random: Random): number {
  return (random.uint32() >>> 11) * TWO_TO_32 + random.uint32();
}
