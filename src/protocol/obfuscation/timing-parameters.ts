/** The parameters of AWG 3.0 that replace constants of WireGuard's timers (protocol facts 5.1). */
import type { Range } from '../range.ts';
import { SECOND } from '../time.ts';
import type { TimingPolicy } from '../timers/timing.ts';
import type { AwgParameters } from './awg-parameters.ts';
import { checkRange } from './range-text.ts';

/** Milliseconds. Timers that are left out, or 0, are not in it. */
export function timingOf(parameters: AwgParameters): Partial<TimingPolicy> {
  const { rekeyAfterTime, rekeyTimeout, rejectAfterTime, keepaliveTimeout, maxHandshakeAttempts } = parameters;
  return withoutUnset({
    rekeyAfterTime: milliseconds('RekeyAfterTime', rekeyAfterTime),
    rekeyTimeout: milliseconds('RekeyTimeout', rekeyTimeout),
    rejectAfterTime: milliseconds('RejectAfterTime', rejectAfterTime),
    keepaliveTimeout: milliseconds('KeepaliveTimeout', keepaliveTimeout),
    maxHandshakeAttempts: rangeOf('MaxHandshakeAttempts', maxHandshakeAttempts),
  });
}

/** Undefined where the range is left out or holds nothing but 0. */
export function rangeOf(key: string, range: Range | undefined): Range | undefined {
  if (range === undefined) return undefined;
  return checkRange(range, key).high === 0 ? undefined : { low: range.low, high: range.high };
}

function milliseconds(key: string, seconds: Range | undefined): Range | undefined {
  const range = rangeOf(key, seconds);
  return range && { low: range.low * SECOND, high: range.high * SECOND };
}

function withoutUnset(timing: { [Name in keyof TimingPolicy]?: Range | undefined }): Partial<TimingPolicy> {
  return Object.fromEntries(Object.entries(timing).filter(([, range]) => range !== undefined));
}
