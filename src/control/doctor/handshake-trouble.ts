/** What is wrong with a handshake message that can be read and is refused all the same. */
import type { HandshakeCrypto, X25519Keypair } from '../../protocol/crypto.ts';
import type { Finding } from '../../protocol/diagnosis/finding.ts';
import { consumeInitiation } from '../../protocol/noise/handshake.ts';

/** The public key that the sender of an initiation claims; it is in no [Peer] section. */
export function strangerIn(crypto: HandshakeCrypto, keypair: X25519Keypair, message: Uint8Array): Finding {
  let claimed: Uint8Array | undefined;
  consumeInitiation(crypto, keypair, message, (publicKey) => {
    claimed = publicKey;
    return undefined;
  });
  return {
    parameter: 'PublicKey',
    certainty: 'proven',
    ours: 'no [Peer] section has it',
    theirs: claimed === undefined ? 'unreadable' : Buffer.from(claimed).toString('base64'),
    evidence: 'an initiation for this end, from a public key that is not in the file',
  };
}

/** A response is genuine up to the preshared key, or it would have neither our index nor a valid mac1. */
export function presharedKeyFinding(ours: string, theirs: string): Finding {
  const evidence = 'a response to our initiation whose tag is wrong, and nothing but the preshared key can be why';
  return { parameter: 'PresharedKey', certainty: 'proven', ours, theirs, evidence };
}
