/** The doctor's look at datagrams that nobody could read: any bytes, against any profile, in bounded time. */
import { nodeCrypto } from '../../../src/crypto/node-crypto.ts';
import { openTransport } from '../../../src/crypto/transport-aead.ts';
import { mac1KeyOf } from '../../../src/protocol/cookie/mac-keys.ts';
import { MacStamper } from '../../../src/protocol/cookie/mac-stamper.ts';
import { Detective } from '../../../src/protocol/diagnosis/detective.ts';
import type { ReceiverIndex } from '../../../src/protocol/engine-port.ts';
import { draw } from '../../../src/protocol/range.ts';
import type { Instant } from '../../../src/protocol/time.ts';
import { SeededRandom } from '../../../src/testing/seeded-random.ts';
import { ByteScript } from '../engine/byte-script.ts';
import type { FuzzTarget } from '../engine/target.ts';
import { promise } from '../engine/target.ts';
import { PROFILES } from './support.ts';

const crypto = nodeCrypto();
const me = crypto.loadPrivateKey(new Uint8Array(32).fill(1));
const KEY = new Uint8Array(32).fill(4);
const SESSION = 0x0101_0101 as ReceiverIndex;
const SENT = { mac1: new Uint8Array(16).fill(2), cookieKey: new Uint8Array(32).fill(3) };

const DETECTIVES = PROFILES.map(
  (profile) =>
    new Detective({
      crypto,
      openTransport,
      profile,
      mac1Key: mac1KeyOf(crypto, me.publicKey),
      live: {
        sentMessage: (index) => (index === SESSION ? SENT : undefined),
        receiveKey: (index) => (index === SESSION ? KEY : undefined),
      },
      otherKeys: [],
    }),
);

/** What we would answer: a message of this size with a right mac1, behind some prefix. */
function seed(bytes: number, prefix: number): Uint8Array {
  const message = new Uint8Array(bytes).fill(1);
  message.set([draw({ low: bytes === 148 ? 1 : 2, high: 2 }, new SeededRandom(1)), 0, 0, 0]);
  if (bytes > 64) new MacStamper(crypto, me.publicKey).stamp(message, 0 as Instant);
  return new Uint8Array(Buffer.concat([new Uint8Array(1 + prefix), message]));
}

export const target: FuzzTarget = {
  seeds: [seed(148, 0), seed(148, 31), seed(92, 47), seed(64, 22), seed(48, 12)],
  longest: 600,
  probe: (input, note) => {
    const script = new ByteScript(input);
    const index = script.below(DETECTIVES.length);
    const datagram = script.rest();
    const before = Buffer.from(datagram).toString('hex');
    const diagnosis = DETECTIVES[index].examine(datagram);
    promise(Buffer.from(datagram).toString('hex') === before, 'the datagram was changed');
    if (diagnosis?.outcome !== 'revealed') return;
    const { wrapping, message } = diagnosis;
    const bytes = wrapping.prefix + message.length + wrapping.trailer;
    promise(
      wrapping.trailer >= 0 && bytes === datagram.length,
      `${bytes} bytes of ${datagram.length} are accounted for`,
    );
    note(index * 8 + Math.min(wrapping.prefix, 7));
  },
};
