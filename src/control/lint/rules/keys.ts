/** Keys that cannot be what they are given as. No text repeats a secret one. */
import { nodeCrypto } from '../../../crypto/node-crypto.ts';
import { equalBytes, isAllZero } from '../../../protocol/bytes.ts';
import type { LintPeer, LintSubject, UnplacedFinding } from '../lint-subject.ts';
import { finding, lineOf } from '../lint-subject.ts';

export function checkPublicKeys({ peers, keypair, config }: LintSubject): UnplacedFinding[] {
  const crypto = nodeCrypto();
  return peers.flatMap((peer) => {
    const { publicKey } = peer.entry;
    const place = [lineOf(peer, 'PublicKey'), 'PublicKey'] as const;
    if (equalBytes(publicKey, keypair.publicKey)) {
      const text = 'belongs to the PrivateKey of this very file: nobody talks to himself';
      return [finding('error', 'key-own', place, text, "take the other end's: awg-vpn pubkey < its private key")];
    }
    if (equalBytes(publicKey, config.privateKey)) {
      const text = 'is the PrivateKey of this file, which is now known to whoever has seen this line';
      return [finding('error', 'key-private', place, text, "make new keys, and put the other end's public key here")];
    }
    if (crypto.dh(keypair.privateKey, crypto.loadPublicKey(publicKey)) === undefined) {
      const text =
        'is a point of low order, all zero for example: no secret can be agreed on with it, so nothing is ever sent';
      return [finding('error', 'key-low-order', place, text, "paste the other end's public key")];
    }
    return [];
  });
}

export function checkPresharedKeys({ peers, keypair, config }: LintSubject): UnplacedFinding[] {
  const owners = new Map<string, LintPeer>();
  return peers.flatMap((peer) => {
    const { presharedKey } = peer.entry;
    const place = [lineOf(peer, 'PresharedKey'), 'PresharedKey'] as const;
    if (presharedKey === undefined) {
      if (!peer.entries.has('presharedkey')) return [];
      return [finding('info', 'psk-zero', place, 'is all zero, which is the same as none', 'remove the line')];
    }
    const text = Buffer.from(presharedKey).toString('base64');
    const earlier = owners.get(text);
    owners.set(text, peer);
    const known = [config.privateKey, keypair.publicKey, peer.entry.publicKey];
    const fix = 'make one with awg-vpn genpsk';
    if (known.some((key) => equalBytes(key, presharedKey))) {
      return [
        finding('warning', 'psk-is-other-key', place, 'is another key of this file, and so no secret of its own', fix),
      ];
    }
    if (earlier === undefined) return [];
    const same = `is the same as that of the peer of line ${earlier.line}: each can read what protects the other`;
    return [finding('warning', 'psk-shared', place, same, `${fix} for each peer`)];
  });
}

export function checkHeaderKey({ device, parameters, config, peers }: LintSubject): UnplacedFinding[] {
  const key = parameters.headerProtectionKey;
  if (key === undefined) return [];
  const place = [lineOf(device, 'HeaderProtectionKey'), 'HeaderProtectionKey'] as const;
  if (isAllZero(key)) {
    const text = 'is all zero: off for amneziawg-go and awg-vpn, but on for the kernel module';
    return [finding('warning', 'header-key-zero', place, text, 'remove the line')];
  }
  const others = [config.privateKey, ...peers.map(({ entry }) => entry.presharedKey ?? entry.publicKey)];
  if (!others.some((other) => equalBytes(other, key))) return [];
  const text = 'is another key of this file; everybody who uses this server has it';
  return [finding('warning', 'header-key-reused', place, text, 'make one with awg-vpn genpsk')];
}
