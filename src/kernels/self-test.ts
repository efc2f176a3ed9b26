/**
 * What a kernel must get right before it may touch a packet: known answers, agreement with the
 * reference on whatever lengths and contents chance brings, refusal of each forged copy. Runs at
 * every start, so it is small; the unit tests are thorough.
 */
import { randomBytes, randomInt } from 'node:crypto';
import type { Arena } from '../dataplane/arena.ts';
import type { AeadKernel } from './kernel.ts';
import { JOB, TAG_BYTES } from './kernel.ts';

const KEY_BYTES = 32;
/** Room for the largest ordinary packet and its tag, a multiple of 64. */
export const SLOT_BYTES = 1536;
export const SLOTS = 64;
const MAX_LENGTH = SLOT_BYTES - TAG_BYTES - 15;

/** Around the borders of blocks, lanes and groups, where implementations go wrong; and up to an MTU. */
const LENGTHS = [0, 1, 15, 16, 17, 63, 64, 65, 128, 129, 192, 255, 256, 257, 320, 511, 513, 576, 1023, 1280, 1420];
const RANDOM_LENGTHS = 7;

/** A key, jobs, and slots for packets in the arena; shared by the tests and the benchmark of all kernels. */
export class TestBench {
  readonly key: number;
  readonly jobs: number;
  readonly #arena: Arena;
  readonly #slots: number;

  constructor(arena: Arena) {
    this.#arena = arena;
    this.key = arena.reserve(KEY_BYTES);
    this.jobs = arena.reserve(SLOTS * JOB.bytes);
    this.#slots = arena.reserve(SLOTS * SLOT_BYTES);
  }

  setKey(key: Uint8Array): void {
    this.#arena.bytes.set(key, this.key);
  }

  slot(index: number): number {
    return this.#slots + index * SLOT_BYTES;
  }

  /** Copies `data` to `slot`. */
  place(slot: number, data: Uint8Array): void {
    this.#arena.bytes.set(data, this.slot(slot));
  }

  bytes(slot: number, length: number): Uint8Array {
    return new Uint8Array(this.#arena.bytes.subarray(this.slot(slot), this.slot(slot) + length));
  }

  setJob(index: number, job: { source: number; target: number; length: number; counter: Uint8Array }): void {
    const { view, bytes } = this.#arena;
    const at = this.jobs + index * JOB.bytes;
    view.setUint32(at + JOB.source, this.slot(job.source), true);
    view.setUint32(at + JOB.target, this.slot(job.target), true);
    view.setUint32(at + JOB.length, job.length, true);
    bytes.set(job.counter, at + JOB.counterLow);
  }

  status(index: number): number {
    return this.#arena.view.getUint32(this.jobs + index * JOB.bytes + JOB.status, true);
  }
}

interface Sample {
  readonly counter: Uint8Array;
  readonly plaintext: Uint8Array;
}

/** What is wrong with the kernel, or undefined. `reference` must work on the same arena. */
export function findFault(kernel: AeadKernel, reference: AeadKernel, bench: TestBench): string | undefined {
  return knownAnswerFault(kernel, bench) ?? referenceFault(kernel, reference, bench);
}

/** RFC 8439, 2.4.2 (its nonce begins with zeros as ours do): the ciphertext of the AEAD with the same key and nonce. */
const RFC_KEY = Uint8Array.from({ length: KEY_BYTES }, (_, index) => index);
const RFC_COUNTER = Uint8Array.of(0, 0, 0, 0x4a, 0, 0, 0, 0);
const RFC_PLAINTEXT =
  "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.";
const RFC_CIPHERTEXT =
  '6e2e359a2568f98041ba0728dd0d6981e97e7aec1d4360c20a27afccfd9fae0bf91b65c5524733ab8f593dabcd62b3571639d624e65152ab' +
  '8f530c359f0861d807ca0dbf500d6a6156a38e088a22b65e52bc514d16ccf806818ce91ab77937365af90bbf74a35be6b40b8eedf2785e42' +
  '874d';

/** A WireGuard transport message: counter 1 and a packet of 20 bytes, padded. */
const MESSAGE_KEY = Buffer.from('af089bc049cf782a437c0a39ad1f2da961e5edb698c98b7a60ca9e03ed38782f', 'hex');
const MESSAGE_COUNTER = Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0);
const MESSAGE_PLAINTEXT = Uint8Array.from({ length: 32 }, (_, index) => (index < 20 ? 0x45 + index : 0));
const MESSAGE_SEALED =
  '0c1b4f9c0c39ec06993d062a09b05f7aef7a9021a9701d924a10983c8bd49a8e3699c634305ac1f2c80bc013c3308932';

function knownAnswerFault(kernel: AeadKernel, bench: TestBench): string | undefined {
  bench.setKey(RFC_KEY);
  const rfc = { counter: RFC_COUNTER, plaintext: new TextEncoder().encode(RFC_PLAINTEXT) };
  sealAll(kernel, bench, [rfc], 0);
  if (hex(bench.bytes(0, rfc.plaintext.length)) !== RFC_CIPHERTEXT) return 'RFC 8439, 2.4.2 gives another ciphertext';
  bench.setKey(MESSAGE_KEY);
  sealAll(kernel, bench, [{ counter: MESSAGE_COUNTER, plaintext: MESSAGE_PLAINTEXT }], 0);
  return hex(bench.bytes(0, 48)) === MESSAGE_SEALED ? undefined : 'a known transport message is sealed differently';
}

function referenceFault(kernel: AeadKernel, reference: AeadKernel, bench: TestBench): string | undefined {
  bench.setKey(randomBytes(KEY_BYTES));
  const samples = randomSamples();
  sealAll(reference, bench, samples, 0);
  const expected = samples.map(({ plaintext }, index) => bench.bytes(index, plaintext.length + TAG_BYTES));
  for (const shift of [0, SLOTS / 2]) {
    const place = shift === 0 ? 'in place' : 'to another place';
    sealAll(kernel, bench, samples, shift);
    const different = expected.findIndex((sealed, index) => !same(sealed, bench.bytes(index + shift, sealed.length)));
    if (different >= 0)
      return `${samples[different]?.plaintext.length} bytes sealed ${place} differ from the reference`;
    const fault = openFault(kernel, bench, samples, expected, shift);
    if (fault !== undefined) return `${fault}, opening ${place}`;
  }
  return undefined;
}

function randomSamples(): Sample[] {
  const random = Array.from({ length: RANDOM_LENGTHS }, () => randomInt(MAX_LENGTH));
  return [...LENGTHS, ...random].map((length) => ({ counter: randomBytes(8), plaintext: randomBytes(length) }));
}

/** Seals sample i from slot i to slot i + shift. */
function sealAll(kernel: AeadKernel, bench: TestBench, samples: readonly Sample[], shift: number): void {
  samples.forEach(({ counter, plaintext }, index) => {
    bench.place(index, plaintext);
    bench.setJob(index, { source: index, target: index + shift, length: plaintext.length, counter });
  });
  kernel.seal(bench.key, bench.jobs, samples.length);
}

/** Opens the sealed samples, every third of them with one bit flipped. */
function openFault(
  kernel: AeadKernel,
  bench: TestBench,
  samples: readonly Sample[],
  sealed: readonly Uint8Array[],
  shift: number,
): string | undefined {
  samples.forEach(({ counter, plaintext }, index) => {
    const message = new Uint8Array(sealed[index]);
    if (isForged(index)) flipOneBit(message);
    bench.place(index, message);
    bench.setJob(index, { source: index, target: index + shift, length: plaintext.length, counter });
  });
  const forged = kernel.open(bench.key, bench.jobs, samples.length);
  if (forged !== samples.filter((_, index) => isForged(index)).length) return `${forged} forgeries found`;
  for (const [index, { plaintext }] of samples.entries()) {
    const expected = isForged(index) ? new Uint8Array(plaintext.length) : plaintext;
    const right = bench.status(index) === (isForged(index) ? 1 : 0);
    if (!right || !same(expected, bench.bytes(index + shift, plaintext.length))) {
      return `${plaintext.length} bytes${isForged(index) ? ', forged,' : ''} open wrongly`;
    }
  }
  return undefined;
}

const isForged = (index: number): boolean => index % 3 === 1;

function flipOneBit(message: Uint8Array): void {
  const bit = randomInt(message.length * 8);
  message[bit >> 3] = message[bit >> 3] ^ (1 << (bit & 7));
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;
