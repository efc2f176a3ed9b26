/**
 * The wall clock as timestamps of initiations need it: it may be set forward, but never goes back. Whoever
 * has seen a timestamp of ours refuses all earlier ones (paper 5.1), also after we have forgotten him and got
 * to know him anew, when nobody here remembers what the last one was.
 */
import type { Moment, WallTime } from '../time.ts';

export class SteadyWall {
  /** The most that the wall clock has been ahead of the other one. */
  #ahead = Number.NEGATIVE_INFINITY;

  /** Set back, the clock goes on from where it was. */
  read({ at, wall }: Moment): WallTime {
    this.#ahead = Math.max(this.#ahead, wall - at);
    return (at + this.#ahead) as WallTime;
  }
}
