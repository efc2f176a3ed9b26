/** Timers that work against each other, and ranges wider than other implementations keep them. */
import { formatRange } from '../range.ts';
import { SECOND } from '../time.ts';
import type { TimingPolicy } from '../timers/timing.ts';
import { WIREGUARD_TIMING } from '../timers/timing.ts';
import type { AwgKey, AwgParameters } from './awg-parameters.ts';
import { nameOf } from './awg-parameters.ts';
import { MAX_PARAMETER } from './limits.ts';
import type { ProfileWarning } from './profile-warning.ts';

const SIXTEEN_BITS = [
  'contentPaddingAddition',
  'rekeyAfterTime',
  'rekeyTimeout',
  'rejectAfterTime',
  'keepaliveTimeout',
  'maxHandshakeAttempts',
] as const satisfies readonly AwgKey[];

/** `awg` and the kernel module keep 16 bits of each end, without a word. */
export function adviceOnWidth(parameters: AwgParameters): ProfileWarning[] {
  const wide = SIXTEEN_BITS.filter((key) => (parameters[key]?.high ?? 0) > MAX_PARAMETER);
  const message = `goes beyond ${MAX_PARAMETER}; awg and the kernel module keep the lower 16 bits only`;
  return wide.map((key) => ({ code: 'cut-off', key: nameOf(key), message }));
}

/** A session that ends before it is replaced leaves a gap, in which packets wait for a handshake. */
export function adviceOnTiming(timing: Partial<TimingPolicy>): ProfileWarning[] {
  const { rekeyAfterTime, rejectAfterTime } = { ...WIREGUARD_TIMING, ...timing };
  if (rekeyAfterTime.high < rejectAfterTime.low) return [];
  const key = timing.rekeyAfterTime === undefined ? 'RejectAfterTime' : 'RekeyAfterTime';
  const ends = formatRange({ low: rejectAfterTime.low / SECOND, high: rejectAfterTime.high / SECOND });
  const message = `lets sessions end (after ${ends} s) before they are replaced (up to ${rekeyAfterTime.high / SECOND} s)`;
  return [{ code: 'timing', key, message }];
}
