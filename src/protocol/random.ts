/** Source of unpredictable values, injected so that simulations can be replayed from a seed. */
export interface Random {
  /** Fills `target` and returns it. */
  fill(target: Uint8Array): Uint8Array;
  /** Uniform 32-bit unsigned integer. */
  uint32(): number;
}

/** Uniform integer in [0, bound). `bound` is at most 2^32. */
export function below(random: Random, bound: number): number {
  const limit = 0x1_0000_0000 - (0x1_0000_0000 % bound);
  for (;;) {
    const value = random.uint32();
    if (value < limit) return value % bound;
  }
}
