/**
 * Finds cookie replies and transport messages by the receiver index of ours that they name, and proves
 * the find by their tag: 32 bits alone come about by chance in a long datagram.
 */
import type { HandshakeCrypto } from '../crypto.ts';
import type { ReceiverIndex } from '../engine-port.ts';
import { parseCookieReply } from '../wire/cookie-reply.ts';
import { parseTransport } from '../wire/transport.ts';
import type { LiveIndices, OpenTransport } from './live-indices.ts';
import type { FoundMessage } from './mac-search.ts';
import { MAX_SEARCHED_PREFIX } from './mac-search.ts';
import { COOKIE_REPLY_RULES, TRANSPORT_RULES } from './message-kinds.ts';
import type { Reading } from './reading.ts';

/** Tags checked for one kind and reading: bounds what somebody who knows an index can make us do. */
const MAX_TAGS = 4;

/** Longest datagram whose tag is checked, which takes time in proportion: that of the largest Ethernet frames. */
const MAX_OPENED_BYTES = 9_216;

/** A cookie reply to a message of ours, encrypted under the public key of the peer that it went to. */
export function findCookieReply(
  crypto: HandshakeCrypto,
  live: LiveIndices,
  reading: Reading,
): FoundMessage | undefined {
  return findByIndex(
    reading,
    COOKIE_REPLY_RULES.bytes,
    (index) => live.sentMessage(index) !== undefined,
    (prefix, index) => {
      const message = reading.messageAt(prefix, COOKIE_REPLY_RULES.bytes);
      const reply = parseCookieReply(message);
      const sent = live.sentMessage(index);
      if (reply === undefined || sent === undefined) return undefined;
      const cookie = crypto.xopen(sent.cookieKey, reply.nonce, reply.encryptedCookie, sent.mac1);
      return cookie && { prefix, message };
    },
  );
}

/** A transport message of a session that is open. */
export function findTransport(open: OpenTransport, live: LiveIndices, reading: Reading): FoundMessage | undefined {
  if (reading.datagram.length > MAX_OPENED_BYTES) return undefined;
  return findByIndex(
    reading,
    TRANSPORT_RULES.bytes,
    (index) => live.receiveKey(index) !== undefined,
    (prefix, index) => {
      const message = reading.transportAt(prefix);
      const transport = parseTransport(message);
      const key = live.receiveKey(index);
      if (transport === undefined || key === undefined) return undefined;
      return open(key, transport.counter, transport.encryptedPacket) && { prefix, message };
    },
  );
}

function findByIndex(
  reading: Reading,
  bytes: number,
  isLive: (index: ReceiverIndex) => boolean,
  prove: (prefix: number, index: ReceiverIndex) => FoundMessage | undefined,
): FoundMessage | undefined {
  const last = Math.min(reading.datagram.length - bytes, MAX_SEARCHED_PREFIX);
  let tags = 0;
  for (let prefix = 0; prefix <= last && tags < MAX_TAGS; prefix += 1) {
    const index = reading.receiverAt(prefix) as ReceiverIndex;
    if (!isLive(index)) continue;
    tags += 1;
    const found = prove(prefix, index);
    if (found !== undefined) return found;
  }
  return undefined;
}
