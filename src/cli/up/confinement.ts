/** What `up` gives away once the tunnel stands, from its options; see docs/threat-model.md. */
import type { ConfinementWishes } from '../../control/confinement/confine-tunnel.ts';
import { loadPrivilegeCalls } from '../../platform/ffi/privilege-calls.ts';
import { hideMemory } from '../../platform/linux/confinement/memory-secrecy.ts';
import { findUser } from '../../platform/linux/confinement/service-user.ts';
import type { ObservationChoice } from './observation-options.ts';

export interface ConfinementOptions extends ObservationChoice {
  readonly user?: string;
  readonly confine: boolean;
  readonly seccomp: boolean;
}

/**
 * Memory is hidden at once, before there are keys in it; the rest comes when the tunnel stands. Undefined
 * where nothing is to be given away.
 *
 * @throws ConfinementError 'unknown-user', while nothing has been done yet
 */
export function confinementOf(
  { user, confine, seccomp, pcap, metrics }: ConfinementOptions,
  warn: (warning: string) => void,
): ConfinementWishes | undefined {
  if (!confine) return undefined;
  if (pcap !== undefined) {
    // A capture begins new files, and has every packet in them anyway.
    warn('all rights are kept, as --pcap begins new files now and then');
    return undefined;
  }
  hideMemory(loadPrivilegeCalls());
  const sockets = metrics?.kind === 'unix' ? [metrics.path] : [];
  const isRoot = process.getuid?.() === 0;
  const found = isRoot || user !== undefined ? findUser(user) : undefined;
  return { user: found?.uid === process.getuid?.() ? undefined : found, filter: seccomp, sockets };
}
