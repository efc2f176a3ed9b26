/**
 * How long each of the timers runs. Every value is an inclusive range, from which one is drawn at
 * each use; in plain WireGuard every range but the jitter holds a single value. Times in milliseconds.
 */
import {
  KEEPALIVE_TIMEOUT_MS,
  MAX_HANDSHAKE_ATTEMPTS,
  REJECT_AFTER_TIME_MS,
  REKEY_AFTER_TIME_MS,
  REKEY_TIMEOUT_JITTER_MS,
  REKEY_TIMEOUT_MS,
} from '../constants.ts';
import type { KeypairLimits } from '../engine-port.ts';
import type { Random } from '../random.ts';
import type { Range } from '../range.ts';
import { draw, exactly } from '../range.ts';

export interface TimingPolicy {
  /** The initiator of a keypair replaces it at this age. */
  readonly rekeyAfterTime: Range;
  /** Nobody uses a keypair of this age. */
  readonly rejectAfterTime: Range;
  /** An initiation is repeated after this long, plus the jitter. */
  readonly rekeyTimeout: Range;
  readonly rekeyTimeoutJitter: Range;
  /** Received data is answered by a keepalive after this long. */
  readonly keepaliveTimeout: Range;
  /** A handshake is given up when more retransmissions than this, plus one, stay unanswered. */
  readonly maxHandshakeAttempts: Range;
}

export const WIREGUARD_TIMING: TimingPolicy = {
  rekeyAfterTime: exactly(REKEY_AFTER_TIME_MS),
  rejectAfterTime: exactly(REJECT_AFTER_TIME_MS),
  rekeyTimeout: exactly(REKEY_TIMEOUT_MS),
  rekeyTimeoutJitter: { low: 0, high: REKEY_TIMEOUT_JITTER_MS - 1 },
  keepaliveTimeout: exactly(KEEPALIVE_TIMEOUT_MS),
  maxHandshakeAttempts: exactly(MAX_HANDSHAKE_ATTEMPTS),
};

/**
 * The part of the policy that the data plane follows by itself, packet by packet. A keypair must
 * still be good for one keepalive and one handshake when a receiver asks for its successor (6.2).
 */
export function keypairLimits(timing: TimingPolicy, random: Random): KeypairLimits {
  const lead = timing.keepaliveTimeout.low + timing.rekeyTimeout.low;
  return {
    rekeyAfter: draw(timing.rekeyAfterTime, random),
    rekeyOnReceiveAfter: Math.max(draw(timing.rejectAfterTime, random) - lead, 0),
    rejectAfter: timing.rejectAfterTime.high,
  };
}

export function sameLimits(a: KeypairLimits, b: KeypairLimits): boolean {
  return (
    a.rekeyAfter === b.rekeyAfter && a.rekeyOnReceiveAfter === b.rekeyOnReceiveAfter && a.rejectAfter === b.rejectAfter
  );
}
