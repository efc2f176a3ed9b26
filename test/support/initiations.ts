/** Valid initiations from many peers, made beforehand, so that sending them costs nothing. */

import { INITIATION_BYTES } from '../../src/protocol/constants.ts';
import { MacStamper } from '../../src/protocol/cookie/mac-stamper.ts';
import type { HandshakeCrypto, X25519Keypair } from '../../src/protocol/crypto.ts';
import type { ReceiverIndex } from '../../src/protocol/engine-port.ts';
import type { RemoteStatic } from '../../src/protocol/noise/handshake.ts';
import { createInitiation, remoteStaticOf, wipe } from '../../src/protocol/noise/handshake.ts';
import { encode } from '../../src/protocol/tai64n.ts';
import type { Instant, WallTime } from '../../src/protocol/time.ts';

const INITIATION_TYPE = 1;
/** Timestamps are blurred to 17 ms, and must grow. */
const TIMESTAMP_STEP_MS = 50;

interface Initiator {
  readonly keypair: X25519Keypair;
  readonly remote: RemoteStatic;
  readonly stamper: MacStamper;
}

/**
 * `perPeer` initiations of each peer, one behind the other, peers in turns. They are good for one life
 * of the responder, which remembers the latest timestamp.
 */
export function makeInitiations(
  crypto: HandshakeCrypto,
  responder: Uint8Array,
  peers: readonly X25519Keypair[],
  perPeer: number,
): Uint8Array {
  const initiators = peers.map((keypair): Initiator => {
    const remote = remoteStaticOf(crypto, keypair, responder);
    return { keypair, remote, stamper: new MacStamper(crypto, responder) };
  });
  const all = new Uint8Array(perPeer * peers.length * INITIATION_BYTES);
  const wall = Date.now();
  for (let index = 0; index < perPeer * peers.length; index += 1) {
    const turn = Math.floor(index / peers.length);
    const timestamp = encode((wall + turn * TIMESTAMP_STEP_MS) as WallTime);
    all.set(makeOne(crypto, initiators[index % peers.length], index, timestamp), index * INITIATION_BYTES);
  }
  return all;
}

function makeOne(crypto: HandshakeCrypto, initiator: Initiator, index: number, timestamp: Uint8Array): Uint8Array {
  const { keypair, remote, stamper } = initiator;
  const fields = { type: INITIATION_TYPE, sender: (index + 1) as ReceiverIndex, timestamp };
  const created = createInitiation(crypto, keypair, remote, fields);
  if (created === undefined) throw new Error('an own key is of low order');
  wipe(created.pending);
  stamper.stamp(created.message, 0 as Instant);
  return created.message;
}
