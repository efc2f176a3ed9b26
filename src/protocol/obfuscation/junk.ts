/**
 * What goes out right before each initiation, first or repeated, so that a flow opens like something
 * else than a handshake: signature packets, then the junk train (protocol facts 3.7). The receiver
 * finds no message in them and drops them.
 *
 *     I1 ... I5 | junk x Jc | initiation
 */
import type { Random } from '../random.ts';
import { below } from '../random.ts';
import type { WallTime } from '../time.ts';
import type { JunkShape, Profile } from './profile.ts';

/** The datagrams to send before one initiation, in order. BOUNDED by MAX_PRELUDE_BYTES, see `buildProfile`. */
export function initiationPrelude(profile: Profile, random: Random, wall: WallTime): Uint8Array[] {
  return [...signatureTrain(profile, random, wall), ...junkTrain(profile.junk, random)];
}

/** The counter of `<c>` starts anew for each initiation and goes up with each packet, as in the kernel module. */
function signatureTrain(profile: Profile, random: Random, wall: WallTime): Uint8Array[] {
  const { signatures } = profile;
  if (signatures.length === 0) return [];
  const first = random.uint32();
  return signatures.map((packet, index) => packet.build(random, wall, (first + index) >>> 0));
}

/**
 * Jc datagrams of random bytes, their sizes uniform over Jmin to Jmax. Both ends count, and a Jmax of
 * 0 means no junk, as in the kernel module; amneziawg-go leaves Jmax itself out.
 */
export function junkTrain(junk: JunkShape, random: Random): Uint8Array[] {
  if (junk.maximum === 0) return [];
  const sizes = junk.maximum - junk.minimum + 1;
  return Array.from({ length: junk.count }, () => random.fill(new Uint8Array(junk.minimum + below(random, sizes))));
}
