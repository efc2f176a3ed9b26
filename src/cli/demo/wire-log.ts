/**
 * What passed on the cable, told apart with the knowledge of the profile, and judged without it, as
 * a firewall on the way would.
 */
import { TRANSPORT_MINIMUM_BYTES } from '../../protocol/constants.ts';
import { Classifier, MESSAGE } from '../../protocol/obfuscation/classifier.ts';
import type { Profile } from '../../protocol/obfuscation/profile.ts';
import { tableLines } from './demo-console.ts';
import { looksLikeWireGuard } from './wireguard-rule.ts';

interface Kind {
  readonly name: string;
  count: number;
  smallest: number;
  largest: number;
  /** First bytes of the first one. */
  readonly example: Uint8Array;
  matched: number;
}

const EXAMPLE_BYTES = 8;
/** Packets above this size carry a bulk transfer. */
const BULK_BYTES = 1000;

export class WireLog {
  readonly #classifier: Classifier;
  readonly #keepaliveBytes: number;
  /** BOUNDED by the kinds that `#kindOf` names. */
  readonly #kinds = new Map<string, Kind>();
  #count = 0;
  #initiationAt: number | undefined;
  #responseAt: number | undefined;

  constructor(profile: Profile) {
    this.#classifier = new Classifier(profile);
    this.#keepaliveBytes = profile.transport.prefix + TRANSPORT_MINIMUM_BYTES;
  }

  get count(): number {
    return this.#count;
  }

  get matched(): number {
    return [...this.#kinds.values()].reduce((sum, kind) => sum + kind.matched, 0);
  }

  /** Milliseconds from the first initiation to the first response, as seen on the cable. */
  get handshakeMilliseconds(): number | undefined {
    if (this.#initiationAt === undefined || this.#responseAt === undefined) return undefined;
    return this.#responseAt - this.#initiationAt;
  }

  /** @param at milliseconds on any clock, the same for all calls */
  add(datagram: Uint8Array, at: number): void {
    const message = this.#messageOf(datagram);
    if (message === MESSAGE.initiation) this.#initiationAt ??= at;
    if (message === MESSAGE.response) this.#responseAt ??= at;
    this.#addTo(this.#nameOf(message, datagram.length), datagram);
    this.#count++;
  }

  /** A table with a head line. */
  lines(): string[] {
    const rows = [...this.#kinds.values()].map(({ name, count, smallest, largest, example, matched }) => [
      name,
      String(count),
      smallest === largest ? String(smallest) : `${smallest}-${largest}`,
      Buffer.from(example)
        .toString('hex')
        .replaceAll(/(..)(?=.)/g, '$1 '),
      matched === 0 ? 'no match' : `${matched} matched`,
    ]);
    return tableLines([['datagrams', 'count', 'bytes', 'first bytes of the first', 'WireGuard rule'], ...rows], [1, 2]);
  }

  #addTo(name: string, datagram: Uint8Array): void {
    const { length } = datagram;
    const kind = this.#kinds.get(name) ?? newKind(name, datagram);
    this.#kinds.set(name, kind);
    kind.count++;
    kind.smallest = Math.min(kind.smallest, length);
    kind.largest = Math.max(kind.largest, length);
    if (looksLikeWireGuard(datagram)) kind.matched++;
  }

  #messageOf(datagram: Uint8Array): number {
    const view = new DataView(datagram.buffer, datagram.byteOffset, datagram.byteLength);
    return this.#classifier.nextCandidate(view, 0, datagram.length, MESSAGE.none, 0);
  }

  #nameOf(message: number, length: number): string {
    if (message === MESSAGE.initiation) return 'initiation';
    if (message === MESSAGE.response) return 'response';
    if (message === MESSAGE.cookieReply) return 'cookie reply';
    if (message !== MESSAGE.transport) return 'signature and junk';
    if (length === this.#keepaliveBytes) return 'keepalive';
    return length > BULK_BYTES ? 'data, large' : 'data, small';
  }
}

function newKind(name: string, datagram: Uint8Array): Kind {
  return {
    name,
    count: 0,
    smallest: datagram.length,
    largest: 0,
    example: datagram.slice(0, EXAMPLE_BYTES),
    matched: 0,
  };
}
