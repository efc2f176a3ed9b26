/**
 * Tries hypotheses on a silent peer: one initiation, wrapped in every way that the peer may expect. Each
 * copy introduces another index, so the answer says which it was. The transcript of a handshake covers
 * neither index nor type, so only mac1 is made anew for each.
 */
import { writeUint32 } from '../../protocol/bytes.ts';
import type { X25519Keypair } from '../../protocol/crypto.ts';
import type { ReceiverIndex } from '../../protocol/engine-port.ts';
import { createInitiation, remoteStaticOf, wipe } from '../../protocol/noise/handshake.ts';
import { encode } from '../../protocol/tai64n.ts';
import type { WallTime } from '../../protocol/time.ts';
import { INITIATION } from '../../protocol/wire/initiation.ts';
import type { Hypothesis } from './hypotheses.ts';
import type { Tools } from './wrap.ts';
import { restamp, wrapHandshake } from './wrap.ts';

export interface Probe {
  readonly index: ReceiverIndex;
  readonly hypothesis: Hypothesis;
  readonly message: Uint8Array;
  readonly datagram: Uint8Array;
}

/** A datagram for each hypothesis, made when it is asked for; nothing for a public key of low order. */
export function* probes(
  tools: Tools,
  keypair: X25519Keypair,
  publicKey: Uint8Array,
  hypotheses: readonly Hypothesis[],
  wall: WallTime,
): Generator<Probe> {
  const { crypto, random } = tools;
  const sender = 0 as ReceiverIndex;
  const remote = remoteStaticOf(crypto, keypair, publicKey);
  const created = createInitiation(crypto, keypair, remote, { type: 0, sender, timestamp: encode(wall) });
  if (created === undefined) return;
  // Whatever answers shows the profile; the handshake itself is left to the core.
  wipe(created.pending);
  for (const hypothesis of hypotheses) {
    const index = random.uint32() as ReceiverIndex;
    writeUint32(created.message, INITIATION.sender, index);
    const message = restamp(tools, created.message, hypothesis.profile, publicKey);
    yield { index, hypothesis, message, datagram: wrapHandshake(tools, hypothesis.profile, message) };
  }
}
