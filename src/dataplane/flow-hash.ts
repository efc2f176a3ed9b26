/**
 * Which flow an inner packet belongs to, as a number: what goes by a bundle of connections is spread over
 * them by flow, so that the packets of one flow arrive in order. Unkeyed: whoever chooses his flows so
 * that they meet slows down nobody but himself.
 */
const TCP = 6;
const UDP = 17;
/** More fragments, and the fragment offset. */
const FRAGMENT_MASK = 0x3fff;

/** Of the IP packet at `packet`, `length` bytes; 32 bits, never 0. Fragments count by address alone, as only the first has ports. */
export function flowHash(view: DataView, packet: number, length: number): number {
  if (length >= 40 && view.getUint8(packet) >> 4 === 6) return hash6(view, packet, length);
  return length >= 20 ? hash4(view, packet, length) : 1;
}

function hash4(view: DataView, packet: number, length: number): number {
  const protocol = view.getUint8(packet + 9);
  const header = (view.getUint8(packet) & 15) << 2;
  const isWhole = (view.getUint16(packet + 6) & FRAGMENT_MASK) === 0;
  let hash = mix(protocol, view.getUint32(packet + 12));
  hash = mix(hash, view.getUint32(packet + 16));
  return finish(isWhole ? mixPorts(hash, view, protocol, packet, header, length) : hash);
}

function hash6(view: DataView, packet: number, length: number): number {
  const protocol = view.getUint8(packet + 6);
  let hash = protocol;
  for (let at = 8; at < 40; at += 4) hash = mix(hash, view.getUint32(packet + at));
  return finish(mixPorts(hash, view, protocol, packet, 40, length));
}

function mixPorts(
  hash: number,
  view: DataView,
  protocol: number,
  packet: number,
  header: number,
  length: number,
): number {
  const hasPorts = (protocol === TCP || protocol === UDP) && header + 4 <= length;
  return hasPorts ? mix(hash, view.getUint32(packet + header)) : hash;
}

/** As in MurmurHash3: each bit of the word reaches about half of the bits of the result. */
function mix(hash: number, word: number): number {
  const scrambled = Math.imul(Math.imul(word, 0xcc9e2d51), 0x1b873593);
  return (Math.imul(hash ^ (scrambled << 15) ^ (scrambled >>> 17), 5) + 0xe6546b64) | 0;
}

function finish(hash: number): number {
  let mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16) || 1;
}
