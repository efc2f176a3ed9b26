/**
 * SIP: a telephone that registers with its provider and then asks whether the provider is alive
 * (RFC 3261, sections 8.1.1, 10.2 and 11.1). Account and address stay the same as with a real one;
 * branch, tag, Call-ID and CSeq differ with each request.
 */
import { between, oneOf } from '../draw.ts';
import type { Guise, GuiseSubject } from './guise.ts';

/** Marks a branch that is unique, as of RFC 3261 (section 8.1.1.7). */
const BRANCH_COOKIE = 'z9hG4bK';
const PRODUCTS = ['Linphone/5.2.4', 'MicroSIP/3.21.3', 'Zoiper rv2.10.19', 'baresip v3.14.0'];

export const sip: Guise = {
  port: 5060,
  hosts: ['sip.linphone.org', 'sip.antisip.com', 'sip2sip.info', 'iptel.org'],
  dress: (subject) => {
    const phone = newPhone(subject);
    return { opening: [register(subject, phone), options(subject, phone)], continuation: [options(subject, phone)] };
  },
};

interface Phone {
  readonly user: string;
  /** Behind a home router, as most are. */
  readonly address: string;
  readonly product: string;
}

function newPhone({ random }: GuiseSubject): Phone {
  return {
    user: `${between(random, 1_000, 99_999)}`,
    address: `192.168.${between(random, 0, 31)}.${between(random, 2, 254)}`,
    product: oneOf(random, PRODUCTS),
  };
}

function register(subject: GuiseSubject, phone: Phone): string {
  return request(subject, phone, 'REGISTER', `sip:${phone.user}@${subject.host}`, 'Expires: 3600');
}

function options(subject: GuiseSubject, phone: Phone): string {
  return request(subject, phone, 'OPTIONS', `sip:${subject.host}`, 'Accept: application/sdp');
}

function request({ host, newText }: GuiseSubject, phone: Phone, method: string, to: string, extra: string): string {
  const { user, address, product } = phone;
  return newText()
    .ascii(`${method} sip:${host} SIP/2.0\r\n`)
    .ascii(`Via: SIP/2.0/UDP ${address}:5060;rport;branch=${BRANCH_COOKIE}`)
    .letters(12)
    .ascii('\r\nMax-Forwards: 70\r\n')
    .ascii(`From: <sip:${user}@${host}>;tag=`)
    .letters(8)
    .ascii(`\r\nTo: <${to}>\r\nCall-ID: `)
    .letters(16)
    .ascii(`@${address}\r\nCSeq: 1`)
    .digits(3)
    .ascii(` ${method}\r\nContact: <sip:${user}@${address}:5060>\r\n${extra}\r\n`)
    .ascii(`User-Agent: ${product}\r\nContent-Length: 0\r\n\r\n`)
    .toString();
}
