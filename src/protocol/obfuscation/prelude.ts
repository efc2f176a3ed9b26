/**
 * What goes out right before each initiation, first or repeated, so that a flow opens like something
 * else than a handshake: signature packets, then the junk train (protocol facts 3.7). The receiver
 * finds no message in them and drops them.
 *
 *     I1 ... I5 | junk x Jc | initiation
 *
 * In generation 1.5 the signature packets are sent with the first initiation and whenever Itime has
 * passed since; other initiations follow J1 to J3 (protocol facts 2.5):
 *
 *     0 s    I1 ... I5 | junk | initiation
 *     5 s    J1 ... J3 | junk | initiation
 *     Itime  I1 ... I5 | junk | initiation
 */
import type { Random } from '../random.ts';
import type { Instant, Moment } from '../time.ts';
import { junkTrain } from './junk.ts';
import type { Profile } from './profile.ts';
import type { SignaturePacket } from './signature.ts';

export class Prelude {
  /** Of all peers together: observers see one flow of this host begin. */
  #signaturesSentAt: Instant | undefined;
  /** Datagrams sent by the rules of generation 1.5, for its `<c>`. */
  #count = 0;

  /** The datagrams to send before one initiation, in order. BOUNDED by MAX_PRELUDE_BYTES, see `buildProfile`. */
  build(profile: Profile, random: Random, now: Moment): Uint8Array[] {
    const packets = this.#choose(profile, now.at);
    const first = profile.generation === '1.5' ? this.#countUp(packets, profile) : firstCounter(packets, random);
    const train = packets.map((packet, index) => packet.build(random, now.wall, first + index));
    return [...train, ...junkTrain(profile.junk, random)];
  }

  #choose({ signatures, special }: Profile, now: Instant): readonly SignaturePacket[] {
    if (special === undefined) return signatures;
    const last = this.#signaturesSentAt;
    const isTime = last === undefined || now - last >= special.interval;
    if (signatures.length === 0 || !isTime) return special.packets;
    this.#signaturesSentAt = now;
    return signatures;
  }

  /** Generation 1.5 counts all that it sends from the start, and junk only where it follows packets. */
  #countUp(packets: readonly SignaturePacket[], { junk }: Profile): number {
    const first = this.#count;
    if (packets.length > 0) this.#count += packets.length + junk.count;
    return first;
  }
}

/** Later `<c>` starts anew for each initiation and goes up with each packet, as in the kernel module. */
function firstCounter(packets: readonly SignaturePacket[], random: Random): number {
  return packets.length === 0 ? 0 : random.uint32();
}
