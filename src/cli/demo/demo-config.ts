/** The two configuration files of the demo, as a user would write them. */
import { randomBytes } from 'node:crypto';
import { nodeCrypto } from '../../crypto/node-crypto.ts';
import type { X25519Keypair } from '../../protocol/crypto.ts';
import type { ProfileKeys } from './demo-profile.ts';
import { makeProfile } from './demo-profile.ts';

/** Addresses inside of the tunnel. */
export interface InnerAddresses {
  readonly ipv4: string;
  readonly ipv6: string;
}

export const LEFT_INNER: InnerAddresses = { ipv4: '10.77.0.1', ipv6: 'fd77::1' };
export const RIGHT_INNER: InnerAddresses = { ipv4: '10.77.0.2', ipv6: 'fd77::2' };

/** Where an end is reached on the outside. */
export interface OuterAddress {
  readonly host: string;
  readonly port: number;
}

export interface ConfigPair {
  readonly profile: ProfileKeys;
  /** Texts in the format of wg-quick and awg-quick. */
  readonly left: string;
  readonly right: string;
}

interface End {
  readonly keypair: X25519Keypair;
  readonly inner: InnerAddresses;
  readonly outer: OuterAddress;
}

/** New keys, a new preshared key and a new profile at each call. */
export function makeConfigs(outer: { readonly left: OuterAddress; readonly right: OuterAddress }): ConfigPair {
  const crypto = nodeCrypto();
  const left: End = { keypair: crypto.generateKeypair(), inner: LEFT_INNER, outer: outer.left };
  const right: End = { keypair: crypto.generateKeypair(), inner: RIGHT_INNER, outer: outer.right };
  const shared = { profile: makeProfile(), presharedKey: base64(randomBytes(32)) };
  return { profile: shared.profile, left: describe(left, right, shared), right: describe(right, left, shared) };
}

function describe(
  own: End,
  peer: End,
  shared: { readonly profile: ProfileKeys; readonly presharedKey: string },
): string {
  const ownKeys = {
    PrivateKey: base64(own.keypair.rawPrivateKey),
    Address: `${own.inner.ipv4}/24, ${own.inner.ipv6}/64`,
    ListenPort: String(own.outer.port),
    ...shared.profile,
  };
  const peerKeys = {
    PublicKey: base64(peer.keypair.publicKey),
    PresharedKey: shared.presharedKey,
    AllowedIPs: `${peer.inner.ipv4}/32, ${peer.inner.ipv6}/128`,
    Endpoint: `${peer.outer.host}:${peer.outer.port}`,
  };
  return configText(ownKeys, peerKeys);
}

function configText(ownKeys: ProfileKeys, peerKeys: ProfileKeys): string {
  const section = (name: string, keys: ProfileKeys): string =>
    [`[${name}]`, ...Object.entries(keys).map(([key, value]) => `${key} = ${value}`), ''].join('\n');
  return `${section('Interface', ownKeys)}\n${section('Peer', peerKeys)}`;
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}
