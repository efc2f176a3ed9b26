/**
 * Every number of the protocol, in two blocks. The first can be checked line by line against the
 * WireGuard paper (https://www.wireguard.com/papers/wireguard.pdf, section numbers in brackets) and
 * decides whether two implementations understand each other. The second is ours: each limit says
 * what it bounds, and changing it breaks nothing but the bound.
 */

/**
 * An unsigned 64-bit number as two unsigned 32-bit halves: message counters need all 64 bits, and
 * the path of each packet can afford neither `BigInt` nor the 53 bits of a number.
 */
export interface Uint64 {
  readonly high: number;
  readonly low: number;
}

// ---------------------------------------------------------------------------------------------
// Specification
// ---------------------------------------------------------------------------------------------

/** Names the cryptographic choices; its hash is the first chaining key (5.4, CONSTRUCTION). */
export const CONSTRUCTION = 'Noise_IKpsk2_25519_ChaChaPoly_BLAKE2s';

/** Names the protocol; mixed into the first handshake hash (5.4, IDENTIFIER). */
export const IDENTIFIER = 'WireGuard v1 zx2c4 Jason@zx2c4.com';

/** Separates the mac1 key from other uses of the same public key (5.4, LABEL-MAC1). */
export const LABEL_MAC1 = 'mac1----';

/** Separates the cookie encryption key from other uses of the same public key (5.4, LABEL-COOKIE). */
export const LABEL_COOKIE = 'cookie--';

/** X25519 keys, ChaCha20 keys, preshared keys and BLAKE2s-256 digests alike (5.4). */
export const KEY_BYTES = 32;

/** mac1, mac2 and cookies: BLAKE2s with 128 bits of output (5.4, MAC). */
export const MAC_BYTES = 16;

/** Poly1305 tag after each ciphertext (5.4, AEAD). */
export const TAG_BYTES = 16;

/** TAI64N: 8 bytes of seconds, 4 of nanoseconds (5.1). */
export const TIMESTAMP_BYTES = 12;

/** Nonce of XChaCha20-Poly1305 in a cookie reply (5.4.7). */
export const COOKIE_NONCE_BYTES = 24;

/** Handshake initiation, mac1 and mac2 included (5.4.2). */
export const INITIATION_BYTES = 148;

/** Handshake response, mac1 and mac2 included (5.4.3). */
export const RESPONSE_BYTES = 92;

/** Cookie reply (5.4.7). */
export const COOKIE_REPLY_BYTES = 64;

/** Type, receiver index and counter, before the ciphertext of a transport message (5.4.6). */
export const TRANSPORT_HEADER_BYTES = 16;

/** A transport message around an empty packet, which is what a keepalive is (5.4.6). */
export const TRANSPORT_MINIMUM_BYTES = TRANSPORT_HEADER_BYTES + TAG_BYTES;

/** Inner packets are zero padded to a multiple of this, to hide their exact length (5.4.6). */
export const PADDING_MULTIPLE = 16;

/** After this many messages with one keypair a new handshake begins: 2^60 (6.1, Rekey-After-Messages). */
export const REKEY_AFTER_MESSAGES: Uint64 = { high: 0x1000_0000, low: 0 };

/**
 * A counter at or above this is neither sent nor accepted: 2^64 - 2^13 - 1 (6.1,
 * Reject-After-Messages). The distance to 2^64 keeps the replay window from wrapping.
 */
export const REJECT_AFTER_MESSAGES: Uint64 = { high: 0xffff_ffff, low: 0xffff_dfff };

/** The initiator of a keypair of this age begins a new handshake when it sends (6.1, Rekey-After-Time). */
export const REKEY_AFTER_TIME_MS = 120_000;

/** A keypair of this age neither sends nor receives (6.1, Reject-After-Time). */
export const REJECT_AFTER_TIME_MS = 180_000;

/** An unanswered initiation is repeated after this long, plus jitter (6.1, Rekey-Timeout). */
export const REKEY_TIMEOUT_MS = 5_000;

/** Received data that we have nothing to answer with is answered by a keepalive after this (6.1, Keepalive-Timeout). */
export const KEEPALIVE_TIMEOUT_MS = 10_000;

/**
 * A handshake is given up after this long without an answer (6.1, Rekey-Attempt-Time = 90 s), which
 * other implementations count in retransmissions, 90 / 5 = 18, and give up once the count has gone
 * past it: twenty initiations in all.
 */
export const MAX_HANDSHAKE_ATTEMPTS = 18;

/** A cookie secret and a received cookie are used for this long (5.4.7). */
export const COOKIE_LIFETIME_MS = 120_000;

// ---------------------------------------------------------------------------------------------
// Ours
// ---------------------------------------------------------------------------------------------

/**
 * Exclusive bound of the random delay added to each retransmission (6.1 asks for jitter and leaves
 * the amount open), so that two ends that began together do not keep colliding.
 */
export const REKEY_TIMEOUT_JITTER_MS = 334;

/**
 * How far, in messages, a packet may lag behind the newest one and still be told from a replay
 * (5.4.6 wants a sliding window). Bounds the memory of each keypair to 1 KiB of bitmap.
 */
export const REPLAY_WINDOW = 8_128;

/**
 * Inner packets that wait for a session, per peer; the oldest goes first. Bounds what an unreachable
 * peer can hold in memory.
 */
export const MAX_STAGED_PACKETS = 128;

/** Peers of one device. Bounds every table keyed by peer, and lets a peer id fit in 16 bits. */
export const MAX_PEERS = 65_536;

/**
 * Handshake messages that may wait for the core; more are dropped on arrival. Bounds the memory that
 * a flood of messages with a valid mac1 can occupy.
 */
export const HANDSHAKE_BACKLOG_MAX = 1_024;

/**
 * With this many handshake messages waiting we call ourselves under load and ask for a valid mac2
 * (5.3), so that a flood from forged addresses costs us two hashes a message and no curve operation.
 */
export const UNDER_LOAD_BACKLOG = 128;

/** The under-load state outlasts the backlog by this, so that it does not flicker while a flood goes on. */
export const UNDER_LOAD_LINGER_MS = 1_000;

/**
 * A peer's initiations closer together than this are ignored. Stops the owner of one stolen key, or
 * replays of many recorded initiations in order, from keeping us busy with responses.
 */
export const MIN_INITIATION_INTERVAL_MS = 20;

/**
 * Reports of one peer being heard by another path than its own are at least this far apart, so that the
 * packets of a path in use do not each become an event.
 */
export const HEARD_INTERVAL_MS = 100;

/**
 * Initiations that the owner asks for, to try a path, are at least this far apart for one peer. Keeps
 * well clear of what responders ignore as coming too soon (MIN_INITIATION_INTERVAL_MS).
 */
export const TRIAL_INITIATION_INTERVAL_MS = 100;

/**
 * Sustained handshake messages per second from one source while under load. Stops an attacker with
 * a real address, who can obtain a valid mac2, from starving everyone else.
 */
export const HANDSHAKE_RATE_PER_SECOND = 20;

/** Handshake messages that one source may send at once before the rate above applies. */
export const HANDSHAKE_RATE_BURST = 5;

/**
 * While under load, a sender is sent one cookie in each turn of this length for certain. Shorter than
 * anybody's Rekey-Timeout, so that a retry is never refused for the sake of the message before it.
 */
export const COOKIE_TURN_MS = 2_000;

/**
 * Cookies that further messages of senders who had one in this turn get together. Bounds what a flood from
 * few addresses costs us in replies; and leaves some for whoever's address and port a flood claims.
 */
export const COOKIE_REPEATS_PER_TURN = 2_000;

/**
 * Sources the rate limiter remembers. Bounds its memory, and, since newcomers are refused while it is
 * full, also the curve operations that a flood from very many real addresses can cause.
 */
export const RATE_LIMITER_MAX_SOURCES = 8_192;
