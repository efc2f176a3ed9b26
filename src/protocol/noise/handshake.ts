/**
 * The handshake, Noise_IKpsk2 (paper 5.4.2 and 5.4.3; tokens as in the Noise specification 7.1):
 *
 *     <- s
 *     ...
 *     -> e, es, s, ss, {timestamp}
 *     <- e, ee, se, psk, {}
 *
 * The initiator knows the responder's static key beforehand, which is the line above the dots. `e`
 * and `s` stand for an ephemeral and a static public key sent, two letters for a Diffie-Hellman of
 * the initiator's (first letter) and the responder's key (second letter), braces for a payload.
 * WireGuard also mixes each ephemeral key into the chaining key, as Noise asks of patterns with psk.
 *
 * `Tokens` has one method per token. The four functions below run them in the order of the pattern,
 * first for the side that sends a line, then for the side that receives it. Types are whatever the
 * profile picks: they are not part of the transcript. MACs come after, from `cookie/`.
 */
import { isAllZero, wipeBytes } from '../bytes.ts';
import { KEY_BYTES } from '../constants.ts';
import type { EphemeralKeypair, HandshakeCrypto, PublicKey, X25519Keypair } from '../crypto.ts';
import type { ReceiverIndex } from '../engine-port.ts';
import { encodeInitiation, parseInitiation } from '../wire/initiation.ts';
import { encodeResponse, parseResponse } from '../wire/response.ts';
import { SymmetricState } from './symmetric-state.ts';

const EMPTY = new Uint8Array(0);

/** A peer's static key, and what never changes between two static keys. */
export interface RemoteStatic {
  readonly publicKey: Uint8Array;
  /** The same, ready for use. */
  readonly loaded: PublicKey;
  /** DH(own static, peer static), computed once per peer. All zero for a low-order key: refused. */
  readonly staticStatic: Uint8Array;
}

/** Owned by the session that receives it, which wipes both keys at its end. */
export interface TransportKeys {
  readonly sendKey: Uint8Array;
  readonly receiveKey: Uint8Array;
}

/** The initiator between its message and the answer. Holds secrets: `wipe` it when it is given up. */
export interface PendingInitiation {
  /** The receiver index a response must carry. */
  readonly sender: ReceiverIndex;
  readonly ephemeral: EphemeralKeypair;
  readonly state: SymmetricState;
}

/** The responder between the initiation and its answer. Holds secrets: `wipe` it when it is given up. */
export interface PendingResponse {
  /** The initiator's receiver index. */
  readonly receiver: ReceiverIndex;
  readonly remoteEphemeral: PublicKey;
  readonly remoteStatic: PublicKey;
  readonly state: SymmetricState;
}

/** What the two have in common, and `wipe` clears. */
interface PendingSecrets {
  readonly state: SymmetricState;
}

export interface InitiationFields {
  readonly type: number;
  readonly sender: ReceiverIndex;
  /** TAI64N, 12 bytes. */
  readonly timestamp: Uint8Array;
  /** Replaces the random one in tests with known answers. */
  readonly ephemeral?: EphemeralKeypair;
}

export interface ResponseFields {
  readonly type: number;
  readonly sender: ReceiverIndex;
  /** As in `InitiationFields`. */
  readonly ephemeral?: EphemeralKeypair;
}

export type ConsumedInitiation =
  | {
      readonly kind: 'accepted';
      /** The initiator's static public key. */
      readonly publicKey: Uint8Array;
      /** To be compared with the last one from this peer: until then the initiation may be a replay. */
      readonly timestamp: Uint8Array;
      readonly sender: ReceiverIndex;
      readonly pending: PendingResponse;
    }
  | { readonly kind: 'refused'; readonly reason: 'bad-handshake' | 'unknown-peer' };

/** The tokens of the pattern. Those that can meet a low-order key return false then, and all is over. */
class Tokens {
  readonly #crypto: HandshakeCrypto;
  readonly #state: SymmetricState;

  constructor(crypto: HandshakeCrypto, state: SymmetricState) {
    this.#crypto = crypto;
    this.#state = state;
  }

  /** C = KDF1(C, E.pub), H = HASH(H || E.pub). The key itself travels in the clear. */
  e(publicKey: Uint8Array): void {
    this.#state.mixChainingKey(publicKey);
    this.#state.mixHash(publicKey);
  }

  /** Initiator's ephemeral, responder's static: (C, κ) = KDF2(C, DH(own, remote)). */
  es(own: EphemeralKeypair, remote: PublicKey): boolean {
    return this.#mixDh(own, remote, (secret) => this.#state.mixKey(secret));
  }

  /** msg.static = AEAD(κ, 0, S.pub, H), H = HASH(H || msg.static) */
  sendS(publicKey: Uint8Array): Uint8Array {
    return this.#state.encryptAndHash(publicKey);
  }

  receiveS(encrypted: Uint8Array): Uint8Array | undefined {
    return this.#state.decryptAndHash(encrypted);
  }

  /** Both statics: (C, κ) = KDF2(C, DH(own, remote)), known beforehand. */
  ss(staticStatic: Uint8Array): boolean {
    if (isAllZero(staticStatic)) return false;
    this.#state.mixKey(staticStatic);
    return true;
  }

  /** Both ephemerals: C = KDF1(C, DH(own, remote)). */
  ee(own: EphemeralKeypair, remote: PublicKey): boolean {
    return this.#mixDh(own, remote, (secret) => this.#state.mixChainingKey(secret));
  }

  /** Initiator's static, responder's ephemeral: C = KDF1(C, DH(own, remote)). */
  se(own: EphemeralKeypair, remote: PublicKey): boolean {
    return this.#mixDh(own, remote, (secret) => this.#state.mixChainingKey(secret));
  }

  /** (C, τ, κ) = KDF3(C, Q), H = HASH(H || τ). All zero where the peers share no key. */
  psk(presharedKey: Uint8Array): void {
    this.#state.mixKeyAndHash(presharedKey);
  }

  /** msg.payload = AEAD(κ, 0, payload, H), H = HASH(H || msg.payload) */
  sendPayload(payload: Uint8Array): Uint8Array {
    return this.#state.encryptAndHash(payload);
  }

  receivePayload(encrypted: Uint8Array): Uint8Array | undefined {
    return this.#state.decryptAndHash(encrypted);
  }

  #mixDh(own: EphemeralKeypair, remote: PublicKey, mix: (secret: Uint8Array) => void): boolean {
    const secret = this.#crypto.dh(own.privateKey, remote);
    if (secret === undefined) return false;
    mix(secret);
    wipeBytes(secret);
    return true;
  }
}

/** Computes what an initiator and a responder need of each peer; see `RemoteStatic`. */
export function remoteStaticOf(crypto: HandshakeCrypto, local: X25519Keypair, publicKey: Uint8Array): RemoteStatic {
  const loaded = crypto.loadPublicKey(publicKey);
  return { publicKey, loaded, staticStatic: crypto.dh(local.privateKey, loaded) ?? new Uint8Array(KEY_BYTES) };
}

/**
 * Initiator, `-> e, es, s, ss, {timestamp}`.
 *
 * @returns the message of 148 bytes with both MACs zero, or undefined where the peer's key is of low
 *   order: such a peer must never cause a packet
 */
export function createInitiation(
  crypto: HandshakeCrypto,
  local: X25519Keypair,
  remote: RemoteStatic,
  fields: InitiationFields,
): { message: Uint8Array; pending: PendingInitiation } | undefined {
  const { type, sender, timestamp, ephemeral = crypto.generateEphemeral() } = fields;
  const pending = { sender, ephemeral, state: SymmetricState.begin(crypto, remote.publicKey) };
  const tokens = new Tokens(crypto, pending.state);

  tokens.e(ephemeral.publicKey);
  if (!tokens.es(ephemeral, remote.loaded)) return abandon(pending);
  const encryptedStatic = tokens.sendS(local.publicKey);
  if (!tokens.ss(remote.staticStatic)) return abandon(pending);
  const encryptedTimestamp = tokens.sendPayload(timestamp);

  const { publicKey } = ephemeral;
  const message = encodeInitiation({ type, sender, ephemeral: publicKey, encryptedStatic, encryptedTimestamp });
  return { message, pending };
}

/**
 * Responder, `-> e, es, s, ss, {timestamp}`. Nothing is remembered: whether to go on is for the
 * caller to say, by timestamp and rate.
 *
 * @param message 148 bytes with a valid mac1
 * @param findRemote looks the decrypted static key up among the peers
 */
export function consumeInitiation(
  crypto: HandshakeCrypto,
  local: X25519Keypair,
  message: Uint8Array,
  findRemote: (publicKey: Uint8Array) => RemoteStatic | undefined,
): ConsumedInitiation {
  const initiation = parseInitiation(message);
  if (initiation === undefined) return { kind: 'refused', reason: 'bad-handshake' };
  const { ephemeral, encryptedStatic, encryptedTimestamp, sender } = initiation;
  const state = SymmetricState.begin(crypto, local.publicKey);
  const tokens = new Tokens(crypto, state);

  const remoteEphemeral = crypto.loadPublicKey(ephemeral);
  tokens.e(ephemeral);
  if (!tokens.es(local, remoteEphemeral)) return refuse(state, 'bad-handshake');
  const publicKey = tokens.receiveS(encryptedStatic);
  if (publicKey === undefined) return refuse(state, 'bad-handshake');
  const remote = findRemote(publicKey);
  if (remote === undefined) return refuse(state, 'unknown-peer');
  if (!tokens.ss(remote.staticStatic)) return refuse(state, 'bad-handshake');
  const timestamp = tokens.receivePayload(encryptedTimestamp);
  if (timestamp === undefined) return refuse(state, 'bad-handshake');

  const pending = { receiver: sender, remoteEphemeral, remoteStatic: remote.loaded, state };
  return { kind: 'accepted', publicKey, timestamp, sender, pending };
}

/**
 * Responder, `<- e, ee, se, psk, {}`. Uses `pending` up, whatever comes of it.
 *
 * @param presharedKey 32 bytes, all zero for none
 * @returns the message of 92 bytes with both MACs zero and the keys of the session, or undefined
 *   where a key of the initiator's is of low order or `pending` was used before
 */
export function createResponse(
  crypto: HandshakeCrypto,
  pending: PendingResponse,
  presharedKey: Uint8Array,
  fields: ResponseFields,
): { message: Uint8Array; keys: TransportKeys } | undefined {
  const { type, sender, ephemeral = crypto.generateEphemeral() } = fields;
  const { receiver, remoteEphemeral, remoteStatic, state } = pending;
  if (state.isWiped) return undefined;
  const tokens = new Tokens(crypto, state);

  tokens.e(ephemeral.publicKey);
  const agreed = tokens.ee(ephemeral, remoteEphemeral) && tokens.se(ephemeral, remoteStatic);
  if (!agreed) return abandon(pending);
  tokens.psk(presharedKey);
  const encryptedNothing = tokens.sendPayload(EMPTY);

  const [receiveKey, sendKey] = state.split();
  wipe(pending);
  const message = encodeResponse({ type, sender, receiver, ephemeral: ephemeral.publicKey, encryptedNothing });
  return { message, keys: { sendKey, receiveKey } };
}

/**
 * Initiator, `<- e, ee, se, psk, {}`. Works on a copy of the state, so that a forged response leaves
 * `pending` fit for the true one; the true one uses it up.
 *
 * @param presharedKey 32 bytes, all zero for none
 * @param message 92 bytes with a valid mac1
 * @returns the keys of the session and the responder's index; undefined for a response to something
 *   else, a wrong tag, a low-order key, or when `pending` was used or wiped before
 */
export function consumeResponse(
  crypto: HandshakeCrypto,
  local: X25519Keypair,
  pending: PendingInitiation,
  presharedKey: Uint8Array,
  message: Uint8Array,
): { keys: TransportKeys; sender: ReceiverIndex } | undefined {
  const response = parseResponse(message);
  if (response === undefined || response.receiver !== pending.sender || pending.state.isWiped) return undefined;
  const { ephemeral, encryptedNothing, sender } = response;
  const state = pending.state.fork();
  const tokens = new Tokens(crypto, state);

  const remoteEphemeral = crypto.loadPublicKey(ephemeral);
  tokens.e(ephemeral);
  if (!tokens.ee(pending.ephemeral, remoteEphemeral)) return abandon({ state });
  if (!tokens.se(local, remoteEphemeral)) return abandon({ state });
  tokens.psk(presharedKey);
  if (tokens.receivePayload(encryptedNothing) === undefined) return abandon({ state });

  const [sendKey, receiveKey] = state.split();
  state.wipe();
  wipe(pending);
  return { keys: { sendKey, receiveKey }, sender };
}

/**
 * Clears the secrets of a handshake that is over. Idempotent. The ephemeral key belongs to the crypto
 * library, which clears it when the last reference goes.
 */
export function wipe(pending: PendingSecrets): void {
  pending.state.wipe();
}

/** What a function that has nothing to return returns; the caller names the type. */
function abandon<T>(pending: PendingSecrets): T | undefined {
  wipe(pending);
  return undefined;
}

function refuse(state: SymmetricState, reason: 'bad-handshake' | 'unknown-peer'): ConsumedInitiation {
  state.wipe();
  return { kind: 'refused', reason };
}
