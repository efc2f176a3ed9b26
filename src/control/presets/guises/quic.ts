/**
 * QUIC: a client's Initial packet, which opens with the keys of RFC 9001 and shows a ClientHello with
 * the host as its server name. That needs every byte to fit every other, so it is one literal, made
 * once: each handshake repeats it, as a client does whose first datagram was lost.
 */
import { nodeCrypto } from '../../../crypto/node-crypto.ts';
import { between, randomBytes, shuffled } from '../draw.ts';
import { clientHello } from '../quic/client-hello.ts';
import { initialDatagram } from '../quic/initial-packet.ts';
import type { Guise, GuiseSubject } from './guise.ts';

/** Browsers choose 8 bytes for the server, and none for themselves. */
const CONNECTION_ID_BYTES = 8;
const NO_CONNECTION_ID = new Uint8Array(0);

/** Short header and fixed bit; the rest of the byte is masked and looks random (RFC 9000, section 17.3). */
const SHORT_HEADER = { lowest: 0x40, highest: 0x7f } as const;

export const quic: Guise = {
  port: 443,
  hosts: ['www.google.com', 'www.youtube.com', 'fonts.gstatic.com', 'www.cloudflare.com', 'www.facebook.com'],
  dress: (subject) => ({
    opening: [subject.newText().bytes(firstDatagram(subject)).toString()],
    continuation: [protectedDatagram(subject)],
  }),
};

function firstDatagram({ host, random }: GuiseSubject): Uint8Array {
  const hello = {
    host,
    random: randomBytes(random, 32),
    keyShare: nodeCrypto().loadPrivateKey(randomBytes(random, 32)).publicKey,
    source: NO_CONNECTION_ID,
  };
  return initialDatagram({
    destination: randomBytes(random, CONNECTION_ID_BYTES),
    source: NO_CONNECTION_ID,
    packetNumber: 0,
    clientHello: clientHello(hello, (items) => shuffled(random, items)),
  });
}

/** A packet of an established connection: nobody on the path can see more of it than this. */
function protectedDatagram({ random, newText }: GuiseSubject): string {
  const flags = between(random, SHORT_HEADER.lowest, SHORT_HEADER.highest);
  const text = newText().bytes(Uint8Array.of(flags)).bytes(randomBytes(random, CONNECTION_ID_BYTES));
  return text.randomBytes(between(random, 32, 120)).toString();
}
