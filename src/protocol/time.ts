/** Milliseconds of a monotonic clock with an arbitrary origin. Never compared with wall time. */
export type Instant = number & { readonly __brand: 'Instant' };

/** Milliseconds since the Unix epoch, for TAI64N stamps and for display only. */
export type WallTime = number & { readonly __brand: 'WallTime' };

/** One reading of both clocks. The core is told the time with each call and never asks for it. */
export interface Moment {
  readonly at: Instant;
  readonly wall: WallTime;
}

export const SECOND = 1000;

export function after(start: Instant, milliseconds: number): Instant {
  return (start + milliseconds) as Instant;
}
