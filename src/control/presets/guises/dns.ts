/**
 * DNS: what a stub resolver asks about a name before it connects, first for IPv4 addresses, then for
 * IPv6 (RFC 1035, section 4; RFC 3596). The identifier differs each time.
 */
import { asciiBytes, concatBytes } from '../../../protocol/bytes.ts';
import type { Guise, GuiseSubject } from './guise.ts';

/** A standard query that asks for recursion, with one question and nothing else. */
const HEADER_AFTER_ID = Uint8Array.of(0x01, 0x00, 0, 1, 0, 0, 0, 0, 0, 0);
const ID_BYTES = 2;
const INTERNET = Uint8Array.of(0, 1);
const TYPE = { a: Uint8Array.of(0, 1), aaaa: Uint8Array.of(0, 28) } as const;

export const dns: Guise = {
  port: 53,
  hosts: ['www.google.com', 'www.wikipedia.org', 'www.microsoft.com', 'www.apple.com', 'www.github.com'],
  dress: (subject) => ({
    opening: [query(subject, TYPE.a), query(subject, TYPE.aaaa)],
    continuation: [query(subject, TYPE.a)],
  }),
};

function query({ host, newText }: GuiseSubject, type: Uint8Array): string {
  const question = concatBytes(encodeName(host), type, INTERNET);
  return newText().randomBytes(ID_BYTES).bytes(HEADER_AFTER_ID).bytes(question).toString();
}

/** Labels with their lengths, then the empty label of the root. */
function encodeName(host: string): Uint8Array {
  const labels = host.split('.').map((label) => concatBytes(Uint8Array.of(label.length), asciiBytes(label)));
  return concatBytes(...labels, Uint8Array.of(0));
}
