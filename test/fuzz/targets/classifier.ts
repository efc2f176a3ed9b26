/** The first look at a datagram, in each profile, against the rule written out (protocol facts 3.6). */
import { Classifier, MESSAGE } from '../../../src/protocol/obfuscation/classifier.ts';
import type { Profile } from '../../../src/protocol/obfuscation/profile.ts';
import { ByteScript } from '../engine/byte-script.ts';
import type { FuzzTarget } from '../engine/target.ts';
import { promise } from '../engine/target.ts';
import { PROFILES } from './support.ts';

const CLASSIFIERS = PROFILES.map((profile) => new Classifier(profile));
/** So that looking one byte too far shows. */
const MARGIN = 64;

/** Kinds in order with prefix, message bytes and accepted types, as the protocol has it. */
function expected(profile: Profile, datagram: Uint8Array, mask: number): number[] {
  const kinds = [
    [MESSAGE.initiation, profile.initiation, 148, profile.randomTrailers],
    [MESSAGE.response, profile.response, 92, profile.randomTrailers],
    [MESSAGE.cookieReply, profile.cookieReply, 64, profile.randomTrailers],
    [MESSAGE.transport, profile.transport, 32, true],
  ] as const;
  const matching = kinds.filter(([, { prefix, header }, bytes, isOpen]) => {
    const length = prefix + bytes;
    if (datagram.length < length || (datagram.length > length && !isOpen)) return false;
    const type = (Buffer.from(datagram).readUInt32LE(prefix) ^ mask) >>> 0;
    return type >= header.low && type <= header.high;
  });
  return matching.map(([kind]) => kind);
}

function candidates(classifier: Classifier, datagram: Uint8Array, mask: number): number[] {
  const memory = Buffer.alloc(datagram.length + 2 * MARGIN, 0xff);
  memory.set(datagram, MARGIN);
  const view = new DataView(memory.buffer, memory.byteOffset, memory.length);
  const found: number[] = [];
  let kind: number = MESSAGE.none;
  do {
    kind = classifier.nextCandidate(view, MARGIN, datagram.length, kind, mask);
    if (kind !== MESSAGE.none) found.push(kind);
  } while (kind !== MESSAGE.none);
  return found;
}

export const target: FuzzTarget = {
  seeds: PROFILES.flatMap(({ initiation, response, cookieReply, transport }, index) =>
    [initiation, response, cookieReply, transport].map(({ prefix, header }, kind) => {
      const datagram = Buffer.alloc(5 + prefix + [148, 92, 64, 32][kind]);
      datagram[0] = index;
      datagram.writeUInt32LE(header.low, 5 + prefix);
      return datagram;
    }),
  ),
  longest: 600,
  probe: (input, note) => {
    const script = new ByteScript(input);
    const index = script.below(PROFILES.length);
    const mask = script.uint32() | 0;
    const datagram = script.rest();
    const found = candidates(CLASSIFIERS[index], datagram, mask);
    const wanted = expected(PROFILES[index], datagram, mask);
    promise(
      found.join() === wanted.join(),
      `profile ${index} takes it for ${found.join()} instead of ${wanted.join()}`,
    );
    note(index * 16 + found.reduce((bits, kind) => bits | (1 << (kind - 1)), 0));
  },
};
