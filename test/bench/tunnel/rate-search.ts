/** The highest rate that a path takes without loss, by doubling and then halving the distance. */

export interface Trial {
  /** What the sender really managed, per second. */
  readonly sentPerSecond: number;
  /** Part of it that never arrived. */
  readonly loss: number;
}

/** One in a thousand: on a machine shared with others not even an idle path loses nothing at all, every time. */
const TOLERATED_LOSS = 0.001;
/** A sender that stays behind its order by more has reached its own limit. */
const REACHED = 0.9;
/** Where to stop: the rates that work and fail are so near. */
const RESOLUTION = 1.06;
/** A rate counts as too high when it fails so often in a row: a failure may be somebody else's. */
const CHANCES = 3;
const MOST_TRIALS = 80;

export interface RateFound {
  readonly rate: number;
  readonly trials: number;
}

/** Calls `attempt` with rates, from `start` up. Returns 0 when not even a small part of `start` passes. */
export async function findRate(start: number, attempt: (rate: number) => Promise<Trial>): Promise<RateFound> {
  let best = 0;
  let low = 0;
  let high = Infinity;
  let trials = 0;
  let rate = start;
  while (trials < MOST_TRIALS && high > low * RESOLUTION && rate > start / 1000) {
    let passed = false;
    for (let chance = 0; chance < CHANCES && !passed; chance += 1) {
      const { sentPerSecond, loss } = await attempt(rate);
      trials += 1;
      passed = loss <= TOLERATED_LOSS;
      if (passed) best = Math.max(best, sentPerSecond);
      if (passed && sentPerSecond < rate * REACHED) return { rate: best, trials };
    }
    if (passed) low = rate;
    else high = rate;
    rate = high === Infinity ? rate * 2 : (low + high) / 2;
  }
  return { rate: best, trials };
}
