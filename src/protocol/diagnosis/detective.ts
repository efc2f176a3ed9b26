/**
 * Looks for a message of ours in a datagram, whatever it is wrapped in, and names the parameters in
 * which the sender's profile is not ours. For datagrams that the classifier rejected, and for handshake
 * messages that failed; whoever calls limits how often (token-bucket.ts).
 *
 *     datagram ─► readings (masked, plain) ─► initiation, response: by mac1
 *                                             cookie reply, transport: by our index and their tag
 *                                             else: what shape and length let suspect
 *
 * One datagram costs at most, for each of two readings and four kinds, a pass over its first
 * MAX_SEARCHED_PREFIX bytes; one key stream; 2 x 2 x 6 + 16 MACs; and 2 x 2 x 4 tags, which take whoever
 * knows an index of ours. docs/doctor.md says what that is in time. It keeps no state.
 */
import { readUint32 } from '../bytes.ts';
import type { HandshakeCrypto } from '../crypto.ts';
import type { ReceiverIndex } from '../engine-port.ts';
import type { Profile } from '../obfuscation/profile.ts';
import { compare } from './compare.ts';
import type { Diagnosis, Wrapping } from './finding.ts';
import { findCookieReply, findTransport } from './index-search.ts';
import type { LiveIndices, OpenTransport } from './live-indices.ts';
import type { FoundMessage } from './mac-search.ts';
import { findByMac } from './mac-search.ts';
import type { KindRules } from './message-kinds.ts';
import { COOKIE_REPLY_RULES, INITIATION_RULES, RESPONSE_RULES, TRANSPORT_RULES } from './message-kinds.ts';
import type { Reading } from './reading.ts';
import { readingsOf } from './reading.ts';
import type { OtherKey } from './suspicion.ts';
import { suspect } from './suspicion.ts';

export interface DetectiveOptions {
  readonly crypto: HandshakeCrypto;
  readonly openTransport: OpenTransport;
  /** What the datagrams are held against. */
  readonly profile: Profile;
  /** Of our own public key, see cookie/mac-keys.ts. */
  readonly mac1Key: Uint8Array;
  readonly live: LiveIndices;
  /** Whose key somebody may have taken for ours. */
  readonly otherKeys?: readonly OtherKey[];
}

/** Where each kind that names an index of ours has it. */
const RECEIVER_OFFSET = { initiation: undefined, response: 8, 'cookie-reply': 4, transport: 4 } as const;

export class Detective {
  readonly #options: DetectiveOptions;

  constructor(options: DetectiveOptions) {
    this.#options = options;
  }

  /** Undefined for what is neither ours nor suspicious: junk, signature packets, noise. */
  examine(datagram: Uint8Array): Diagnosis | undefined {
    const { crypto, profile, otherKeys = [] } = this.#options;
    const readings = readingsOf(crypto, profile.headerProtection, datagram);
    for (const reading of readings) {
      const diagnosis = this.#search(reading);
      if (diagnosis !== undefined) return diagnosis;
    }
    const finding = suspect(crypto, profile, readings, otherKeys);
    return finding && { outcome: 'suspected', finding };
  }

  #search(reading: Reading): Diagnosis | undefined {
    const { crypto, live, openTransport } = this.#options;
    return (
      this.#reveal(reading, INITIATION_RULES, this.#findByMac(reading, INITIATION_RULES)) ??
      this.#reveal(reading, RESPONSE_RULES, this.#findByMac(reading, RESPONSE_RULES)) ??
      this.#reveal(reading, COOKIE_REPLY_RULES, findCookieReply(crypto, live, reading)) ??
      this.#reveal(reading, TRANSPORT_RULES, findTransport(openTransport, live, reading))
    );
  }

  #findByMac(reading: Reading, rules: KindRules): FoundMessage | undefined {
    const { crypto, mac1Key, profile } = this.#options;
    return findByMac(crypto, mac1Key, reading, rules, rules.shapeIn(profile).prefix);
  }

  #reveal(reading: Reading, rules: KindRules, found: FoundMessage | undefined): Diagnosis | undefined {
    if (found === undefined) return undefined;
    const { prefix, message } = found;
    const { kind } = rules;
    const wrapping: Wrapping = {
      kind,
      prefix,
      type: readUint32(message, 0),
      isMasked: reading.isMasked,
      trailer: reading.datagram.length - prefix - message.length,
    };
    const receiverAt = RECEIVER_OFFSET[kind];
    const receiver = receiverAt === undefined ? undefined : (readUint32(message, receiverAt) as ReceiverIndex);
    const findings = compare(this.#options.profile, rules, wrapping, message.length);
    return { outcome: 'revealed', wrapping, message, receiver, findings };
  }
}
