import assert from 'node:assert/strict';
import { createCipheriv } from 'node:crypto';
import { describe, it } from 'node:test';
import { Arena } from '../dataplane/arena.ts';
import { SeededRandom } from '../testing/seeded-random.ts';
import type { AeadKernel, KernelName } from './kernel.ts';
import { JOB, MAX_JOBS, TAG_BYTES } from './kernel.ts';
import { createAeadKernel } from './select.ts';
import { readModule } from './wasm/load.ts';

/** Room for a message and what is watched behind it. */
const ROOM_BYTES = 2064;
/** Slots begin at all alignments, hence up to 15 bytes late. */
const SLOT_BYTES = ROOM_BYTES + 16;
const SENTINEL = 0xa5;

/** Everything one kernel test needs, in an arena of its own. */
class AeadBench {
  readonly arena = new Arena(64);
  readonly kernel: AeadKernel;
  readonly #key = this.arena.reserve(32);
  readonly #jobs = this.arena.reserve(MAX_JOBS * JOB.bytes);
  readonly #slots = this.arena.reserve(2 * MAX_JOBS * SLOT_BYTES);

  constructor(name: KernelName) {
    this.kernel = createAeadKernel(name, this.arena);
  }

  /** Puts each message into a slot of its own and a job for it; `shift` slots away comes the result. */
  #prepare(key: Uint8Array, messages: readonly Message[], overhead: number, shift: number): void {
    const { bytes, view } = this.arena;
    bytes.set(key, this.#key);
    messages.forEach(({ data, counter }, index) => {
      const job = this.#jobs + index * JOB.bytes;
      bytes.fill(SENTINEL, this.#slot(index + shift), this.#slot(index + shift) + ROOM_BYTES);
      bytes.set(data, this.#slot(index));
      view.setUint32(job + JOB.source, this.#slot(index), true);
      view.setUint32(job + JOB.target, this.#slot(index + shift), true);
      view.setUint32(job + JOB.length, data.length - overhead, true);
      view.setUint32(job + JOB.status, 99, true);
      bytes.set(counter, job + JOB.counterLow);
    });
  }

  seal(key: Uint8Array, messages: readonly Message[], inPlace = true): Uint8Array[] {
    const shift = inPlace ? 0 : MAX_JOBS;
    this.#prepare(key, messages, 0, shift);
    this.kernel.seal(this.#key, this.#jobs, messages.length);
    return messages.map(({ data }, index) => this.#result(index + shift, data.length + TAG_BYTES));
  }

  /** The plaintexts, undefined for forged ones. */
  open(key: Uint8Array, messages: readonly Message[], inPlace = true): (Uint8Array | undefined)[] {
    const shift = inPlace ? 0 : MAX_JOBS;
    this.#prepare(key, messages, TAG_BYTES, shift);
    const forged = this.kernel.open(this.#key, this.#jobs, messages.length);
    const results = messages.map(({ data }, index) => {
      const plaintext = this.#result(index + shift, data.length - TAG_BYTES, inPlace ? data.length : undefined);
      const status = this.arena.view.getUint32(this.#jobs + index * JOB.bytes + JOB.status, true);
      if (status === 0) return plaintext;
      assert.equal(status, 1);
      assert.ok(
        plaintext.every((byte) => byte === 0),
        'the target of a forged message is wiped',
      );
      return undefined;
    });
    assert.equal(forged, results.filter((result) => result === undefined).length);
    return results;
  }

  /** What stands in a slot; behind it, nothing may have been written. */
  #result(slot: number, length: number, occupied = length): Uint8Array {
    const start = this.#slot(slot);
    const behind = this.arena.bytes.subarray(start + occupied, start + ROOM_BYTES);
    assert.ok(
      behind.every((byte) => byte === SENTINEL),
      'nothing is written behind the result',
    );
    return this.arena.bytes.slice(start, start + length);
  }

  #slot(index: number): number {
    return this.#slots + index * SLOT_BYTES + (index % 16);
  }
}

interface Message {
  readonly data: Uint8Array;
  readonly counter: Uint8Array;
}

const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text.replaceAll(' ', ''), 'hex'));

/** RFC 8439 by Node's own OpenSSL, one call a packet. */
function expectedSeal(key: Uint8Array, { data, counter }: Message): Uint8Array {
  const nonce = Buffer.concat([Buffer.alloc(4), counter]);
  const cipher = createCipheriv('chacha20-poly1305', key, nonce, { authTagLength: TAG_BYTES });
  return new Uint8Array(Buffer.concat([cipher.update(data), cipher.final(), cipher.getAuthTag()]));
}

const RELAXED_SIMD = WebAssembly.validate(readModule('aead-relaxed'));
const NAMES: readonly KernelName[] = ['wasm-simd', 'openssl', 'reference'];

for (const name of RELAXED_SIMD ? (['wasm-relaxed', ...NAMES] as const) : NAMES) {
  describe(`AEAD ${name}`, () => {
    const bench = new AeadBench(name);
    const random = new SeededRandom(4);
    const randomMessage = (length: number): Message => ({
      data: random.fill(new Uint8Array(length)),
      counter: random.fill(new Uint8Array(8)),
    });

    it('encrypts the example of RFC 8439, 2.4.2', () => {
      const key = Uint8Array.from({ length: 32 }, (_, index) => index);
      const text =
        "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.";
      const message = { data: new TextEncoder().encode(text), counter: hex('0000004a00000000') };
      const ciphertext = hex(
        '6e2e359a2568f98041ba0728dd0d6981e97e7aec1d4360c20a27afccfd9fae0bf91b65c5524733ab8f593dabcd62b357' +
          '1639d624e65152ab8f530c359f0861d807ca0dbf500d6a6156a38e088a22b65e52bc514d16ccf806818ce91ab7793736' +
          '5af90bbf74a35be6b40b8eedf2785e42874d',
      );
      assert.deepEqual(bench.seal(key, [message])[0]?.slice(0, text.length), ciphertext);
    });

    it('seals known transport messages of WireGuard', () => {
      const key = hex('af089bc049cf782a437c0a39ad1f2da961e5edb698c98b7a60ca9e03ed38782f');
      const packet = Uint8Array.from({ length: 32 }, (_, index) => (index < 20 ? 0x45 + index : 0));
      const sealed = bench.seal(key, [
        { data: new Uint8Array(0), counter: new Uint8Array(8) },
        { data: packet, counter: Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0) },
      ]);
      assert.deepEqual(sealed, [
        hex('d4a73156cb5625ce051aee97fdb7263a'),
        hex('0c1b4f9c0c39ec06993d062a09b05f7aef7a9021a9701d924a10983c8bd49a8e3699c634305ac1f2c80bc013c3308932'),
      ]);
    });

    it('seals and opens every length from 0 to 2000, in batches of 1 to 64, in place and elsewhere', () => {
      let batch = 0;
      for (let length = 0; length <= 2000; batch += 1) {
        const size = Math.min(1 + (batch % 64), 2001 - length);
        const key = random.fill(new Uint8Array(32));
        const messages = Array.from({ length: size }, (_, index) => randomMessage(length + index));
        checkBatch(bench, key, messages, batch % 2 === 0);
        checkBatch(bench, key, messages, batch % 2 !== 0);
        length += size;
      }
    });

    it('mixes lengths in one batch', () => {
      for (let size = 1; size <= 64; size += 1) {
        const key = random.fill(new Uint8Array(32));
        const messages = Array.from({ length: size }, () => randomMessage(random.uint32() % (size % 2 ? 300 : 2001)));
        checkBatch(bench, key, messages, size % 4 < 2);
      }
    });

    it('takes MAX_JOBS at once and none', () => {
      const key = random.fill(new Uint8Array(32));
      checkBatch(
        bench,
        key,
        Array.from({ length: MAX_JOBS }, (_, index) => randomMessage(index * 3)),
        true,
      );
      checkBatch(bench, key, [], true);
    });

    for (const length of [0, 20, 129, 300]) {
      it(`notices one changed bit in any byte of ${length} and the tag`, () => {
        const key = random.fill(new Uint8Array(32));
        const message = randomMessage(length);
        const [sealed] = bench.seal(key, [message]) as [Uint8Array];
        for (let at = 0; at < sealed.length; at += 1) {
          const data = sealed.slice();
          data[at] = data[at] ^ (1 << (at % 8));
          const batch = [
            { ...message, data: sealed },
            { ...message, data },
            { ...message, data: sealed },
          ];
          assert.deepEqual(bench.open(key, batch, at % 2 === 0), [message.data, undefined, message.data], `byte ${at}`);
        }
      });
    }

    it('notices another counter and another key', () => {
      const key = random.fill(new Uint8Array(32));
      const message = randomMessage(100);
      const [data] = bench.seal(key, [message]) as [Uint8Array];
      for (let bit = 0; bit < 64; bit += 1) {
        const counter = message.counter.slice();
        counter[bit >> 3] = counter[bit >> 3] ^ (1 << (bit & 7));
        assert.deepEqual(bench.open(key, [{ data, counter }]), [undefined]);
      }
      const otherKey = key.slice();
      otherKey[31] = otherKey[31] ^ 0x80;
      assert.deepEqual(bench.open(otherKey, [{ ...message, data }]), [undefined]);
    });
  });
}

function checkBatch(bench: AeadBench, key: Uint8Array, messages: readonly Message[], inPlace: boolean): void {
  const sealed = bench.seal(key, messages, inPlace);
  const expected = messages.map((message) => expectedSeal(key, message));
  assert.deepEqual(sealed, expected);
  const opened = messages.map(({ counter }, index) => ({ counter, data: expected[index] }));
  assert.deepEqual(
    bench.open(key, opened, inPlace),
    messages.map(({ data }) => data),
  );
}

describe('AEAD by name', () => {
  it('has the relaxed build exactly where the engine has the instructions', () => {
    const create = () => createAeadKernel('wasm-relaxed', new Arena(16));
    if (RELAXED_SIMD) assert.equal(create().name, 'wasm-relaxed');
    else assert.throws(create, { code: 'ERR_KERNEL_UNAVAILABLE', kernel: 'wasm-relaxed' });
  });

  it('refuses more than MAX_JOBS rather than write past its keys', () => {
    const bench = new AeadBench('wasm-simd');
    assert.throws(() => bench.kernel.seal(0x10000, 0x10100, MAX_JOBS + 1), { name: 'RuntimeError' });
  });
});
