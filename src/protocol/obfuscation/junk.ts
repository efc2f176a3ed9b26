/** The junk train: datagrams of random bytes between the signature packets and an initiation (Jc, Jmin, Jmax). */
import type { Random } from '../random.ts';
import { below } from '../random.ts';
import type { JunkShape } from './profile.ts';

/**
 * Jc datagrams of random bytes, their sizes uniform over Jmin to Jmax. Both ends count, and a Jmax of
 * 0 means no junk, as in the kernel module; amneziawg-go leaves Jmax itself out.
 */
export function junkTrain(junk: JunkShape, random: Random): Uint8Array[] {
  if (junk.maximum === 0) return [];
  const sizes = junk.maximum - junk.minimum + 1;
  return Array.from({ length: junk.count }, () => random.fill(new Uint8Array(junk.minimum + below(random, sizes))));
}
