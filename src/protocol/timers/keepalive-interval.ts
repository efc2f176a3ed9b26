/** PersistentKeepalive as configured, in seconds: off, a number, or a range to draw from each time (AWG 3.0). */
import type { Range } from '../range.ts';
import { exactly, formatRange } from '../range.ts';
import { SECOND } from '../time.ts';
import { TunnelError } from '../tunnel-error.ts';

/** A 16-bit number in every configuration format. */
const MAX_KEEPALIVE_SECONDS = 65_535;

export const KEEPALIVE_OFF: Range = exactly(0);

/** @throws TunnelError `bad-keepalive` */
export function keepaliveRange(seconds: number | Range): Range {
  const range = typeof seconds === 'number' ? exactly(seconds) : { low: seconds.low, high: seconds.high };
  const isValid = isSeconds(range.low) && isSeconds(range.high) && range.low <= range.high;
  if (isValid) return range;
  const complaint = `a persistent keepalive of ${formatRange(range)} seconds is not within 0 to ${MAX_KEEPALIVE_SECONDS}`;
  throw new TunnelError('bad-keepalive', complaint);
}

export function isOff(seconds: Range): boolean {
  return seconds.high === 0;
}

/** For the timer: milliseconds, or undefined where it is off. */
export function keepaliveInterval(seconds: Range): Range | undefined {
  return isOff(seconds) ? undefined : { low: seconds.low * SECOND, high: seconds.high * SECOND };
}

/** As short as it can be said. */
export function plainKeepalive(seconds: Range): number | Range {
  return seconds.low === seconds.high ? seconds.low : seconds;
}

function isSeconds(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= MAX_KEEPALIVE_SECONDS;
}
