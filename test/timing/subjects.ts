/**
 * What must take the same time whatever the secret is, and what does not, to show that a difference would be
 * seen. Each is asked with two classes of input: one that begins like the right one, and one that does not.
 */

import { HandshakePrimitives } from '../../src/crypto/handshake-primitives.ts';
import { nodeCrypto } from '../../src/crypto/node-crypto.ts';
import { equalBytes } from '../../src/protocol/bytes.ts';
import { MacChecker } from '../../src/protocol/cookie/mac-checker.ts';
import type { Instant } from '../../src/protocol/time.ts';
import { mac1Of, mac2Of } from '../../src/protocol/wire/macs.ts';
import { SeededRandom } from '../../src/testing/seeded-random.ts';
import type { KernelSubject } from '../support/kernel-subject.ts';
import { kernelSubjects } from '../support/kernel-subject.ts';
import type { Measured } from './measurement.ts';
import { alternating } from './measurement.ts';

export interface TimingSubject extends Measured {
  readonly name: string;
  /** Whether a difference is what must be found. */
  readonly leaks: boolean;
}

const random = new SeededRandom(1);
const crypto = nodeCrypto();
const primitives = new HandshakePrimitives();
const NOW = 0 as Instant;
const FROM = { address: Uint8Array.of(192, 0, 2, 1), port: 1, scopeId: 0 };

const bytes = (length: number): Uint8Array => random.fill(new Uint8Array(length));

/** Wrong in the last byte, and wrong in the first: who compares byte by byte and stops answers the second sooner. */
function nearAndFar(right: Uint8Array, from: number): readonly [Uint8Array, Uint8Array] {
  const [near, far] = [right.slice(), right.slice()];
  near[from + 15] = (near[from + 15] ?? 0) ^ 1;
  far[from] = (far[from] ?? 0) ^ 1;
  return [near, far];
}

/** The mistake: stops at the first difference. */
export function leakyEqual(a: Uint8Array, b: Uint8Array): boolean {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

let sink = false;
const use = (value: boolean): void => {
  sink = value !== sink;
};

function comparison(name: string, leaks: boolean, equal: typeof equalBytes, length: number): TimingSubject {
  const right = bytes(length);
  const inputs = nearAndFar(right, length - 16).map((input, kind) => (kind === 1 ? farthest(right) : input));
  return { name, leaks, ...alternating(inputs, (input) => use(equal(input, right))) };
}

function farthest(right: Uint8Array): Uint8Array {
  const copy = right.slice();
  copy[0] = (copy[0] ?? 0) ^ 1;
  return copy;
}

function kernelSubject(subject: KernelSubject): TimingSubject {
  const [key, counter, plaintext] = [bytes(32), new Uint8Array(8), bytes(64)];
  const inputs = nearAndFar(subject.seal(key, counter, plaintext), plaintext.length);
  const measured = alternating(inputs, (input) => use(subject.open(key, counter, input) === undefined));
  return { name: `open with the ${subject.name} kernel, wrong tag`, leaks: false, ...measured };
}

/** Keys of one bit and of many: what is done with a key must not depend on it. */
function keySubject(subject: KernelSubject): TimingSubject {
  const keys = [new Uint8Array(32), new Uint8Array(32).fill(255)];
  const [counter, plaintext] = [new Uint8Array(8), bytes(64)];
  const measured = alternating(keys, (key) => use(subject.seal(key, counter, plaintext).length === 0));
  return { name: `seal with the ${subject.name} kernel, key of zeros and of ones`, leaks: false, ...measured };
}

function mac1Subject(): TimingSubject {
  const { publicKey } = crypto.loadPrivateKey(bytes(32));
  const checker = new MacChecker(crypto, random, publicKey);
  const message = bytes(148);
  mac1Of(message).set(crypto.mac(checker.mac1Key, message.subarray(0, 116)));
  const inputs = nearAndFar(message, 116);
  return {
    name: 'mac1 of an initiation',
    leaks: false,
    ...alternating(inputs, (input) => use(checker.hasValidMac1(input))),
  };
}

/** The right mac2 is made as its sender would: from the cookie in a reply, which is opened with the public key. */
function mac2Subject(): TimingSubject {
  const { publicKey } = crypto.loadPrivateKey(bytes(32));
  const checker = new MacChecker(crypto, random, publicKey);
  const message = bytes(148);
  const reply = checker.createReply(message, 3, FROM, NOW);
  const cookieKey = crypto.hash(new TextEncoder().encode('cookie--'), publicKey);
  const cookie = crypto.xopen(cookieKey, reply.subarray(8, 32), reply.subarray(32), mac1Of(message)) ?? bytes(16);
  mac2Of(message).set(crypto.mac(cookie, message.subarray(0, 132)));
  if (!checker.hasValidMac2(message, FROM, NOW)) throw new Error('the mac2 made here is not taken');
  const inputs = nearAndFar(message, 132);
  const measured = alternating(inputs, (input) => use(checker.hasValidMac2(input, FROM, NOW)));
  return { name: 'mac2, and so the cookie, of an initiation', leaks: false, ...measured };
}

function handshakeOpenSubject(): TimingSubject {
  const [key, nonce, none] = [bytes(32), bytes(12), new Uint8Array(0)];
  const inputs = nearAndFar(primitives.seal(key, nonce, bytes(32), none), 32);
  const measured = alternating(inputs, (input) => use(primitives.open(key, nonce, input, none) === undefined));
  return { name: 'open of the handshake, wrong tag', leaks: false, ...measured };
}

function scalarSubject(): TimingSubject {
  const keys = [0, 255].map((fill) => crypto.loadPrivateKey(new Uint8Array(32).fill(fill)).privateKey);
  const remote = crypto.loadPublicKey(crypto.loadPrivateKey(bytes(32)).publicKey);
  let key = keys[0];
  const prepare = (kind: number): void => {
    key = keys[kind];
  };
  const run = (): void => use(crypto.dh(key, remote) === undefined);
  return { name: 'X25519, private key of zeros and of ones', leaks: false, prepare, run };
}

/** Noble's kernel makes garbage, and what collects it drowns everything: it is the reference, not the product. */
export function timingSubjects(): TimingSubject[] {
  const kernels = kernelSubjects().filter(({ name }) => name !== 'reference');
  return [
    comparison('a leaky comparison of 64 bytes', true, leakyEqual, 64),
    comparison('equalBytes of 64 bytes', false, equalBytes, 64),
    comparison('equalBytes of 16 bytes', false, equalBytes, 16),
    mac1Subject(),
    mac2Subject(),
    handshakeOpenSubject(),
    scalarSubject(),
    ...kernels.map(kernelSubject),
    ...kernels.map(keySubject),
  ];
}
