/** The AEAD kernels against each other and against OpenSSL by `node:crypto`: same bytes, same refusals, whatever is asked. */
import { createCipheriv } from 'node:crypto';
import { Arena } from '../../../src/dataplane/arena.ts';
import type { AeadKernel } from '../../../src/kernels/kernel.ts';
import { JOB, KERNEL_NAMES, TAG_BYTES } from '../../../src/kernels/kernel.ts';
import { createAeadKernel, KernelUnavailableError } from '../../../src/kernels/select.ts';
import { ByteScript } from '../engine/byte-script.ts';
import type { FuzzTarget } from '../engine/target.ts';
import { promise } from '../engine/target.ts';

const LONGEST = 2100;
const SLOT = 4096;
const JOBS = 8;
const arena = new Arena(64);
const KEY = arena.reserve(32);
const TABLE = arena.reserve(JOBS * JOB.bytes);
const SOURCES = arena.reserve(JOBS * SLOT);
const TARGETS = arena.reserve(JOBS * SLOT);

function available(): AeadKernel[] {
  return KERNEL_NAMES.flatMap((name) => {
    try {
      return [createAeadKernel(name, arena)];
    } catch (error) {
      if (error instanceof KernelUnavailableError) return [];
      throw error;
    }
  });
}

const KERNELS = available();

interface Packet {
  readonly plaintext: Uint8Array;
  readonly counter: Uint8Array;
  /** At any alignment. */
  readonly shift: number;
  /** The bit that a forger flips; -1: none. */
  readonly flipped: number;
}

function readPacket(script: ByteScript): Packet {
  const length = script.uint16() % LONGEST;
  const pattern = script.byte();
  const plaintext = Buffer.alloc(length, pattern);
  plaintext.set(script.take(Math.min(length, script.byte())));
  const counter = new Uint8Array(8).fill(pattern % 3 === 0 ? 255 : 0);
  counter.set(script.take(4));
  const flipped = script.byte() % 2 === 0 ? -1 : script.uint16() % (8 * (length + TAG_BYTES));
  return { plaintext, counter, shift: script.byte() % 33, flipped };
}

function place(packets: readonly Packet[], contents: readonly Uint8Array[], isInPlace: boolean): void {
  packets.forEach(({ plaintext, counter, shift }, index) => {
    const at = TABLE + index * JOB.bytes;
    const source = SOURCES + index * SLOT + shift;
    arena.bytes.set(contents[index], source);
    arena.view.setUint32(at + JOB.source, source, true);
    arena.view.setUint32(at + JOB.target, isInPlace ? source : TARGETS + index * SLOT + ((shift * 5) & 31), true);
    arena.view.setUint32(at + JOB.length, plaintext.length, true);
    arena.bytes.set(counter, at + JOB.counterLow);
  });
}

function results(packets: readonly Packet[], extra: number): string[] {
  return packets.map(({ plaintext }, index) => {
    const target = arena.view.getUint32(TABLE + index * JOB.bytes + JOB.target, true);
    return Buffer.from(arena.bytes.slice(target, target + plaintext.length + extra)).toString('hex');
  });
}

function opensslSeal(key: Uint8Array, { counter, plaintext }: Packet): Uint8Array {
  const nonce = Buffer.concat([new Uint8Array(4), counter]);
  const cipher = createCipheriv('chacha20-poly1305', key, nonce, { authTagLength: TAG_BYTES });
  return Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

function checkOpen(
  kernel: AeadKernel,
  packets: readonly Packet[],
  sealed: readonly Uint8Array[],
  isInPlace: boolean,
): void {
  const received = sealed.map((message, index) => flip(message, packets[index].flipped));
  place(packets, received, isInPlace);
  const forged = kernel.open(KEY, TABLE, packets.length);
  const expected = packets.filter(({ flipped }) => flipped >= 0).length;
  promise(forged === expected, `${kernel.name} finds ${forged} forgeries of ${expected}`);
  const opened = results(packets, 0);
  packets.forEach(({ plaintext, flipped }, index) => {
    const status = arena.view.getUint32(TABLE + index * JOB.bytes + JOB.status, true);
    promise(status === (flipped >= 0 ? 1 : 0), `${kernel.name} has status ${status}`);
    const wanted = flipped >= 0 ? Buffer.alloc(plaintext.length) : plaintext;
    promise(
      opened[index] === Buffer.from(wanted).toString('hex'),
      `${kernel.name} opens ${plaintext.length} bytes wrongly`,
    );
  });
}

function flip(message: Uint8Array, bit: number): Uint8Array {
  const copy = new Uint8Array(message);
  if (bit >= 0) copy[bit >> 3] ^= 1 << (bit & 7);
  return copy;
}

export const target: FuzzTarget = {
  seeds: [
    Uint8Array.of(1, 2, 1, 0, 20, 0, 5, 0, 1, 0, 0, 0, 1, 9, 0, 3),
    Uint8Array.of(255, 8, 0, 16, 8, 255, 0, 255, 255, 255, 255, 0, 1),
    Buffer.alloc(200, 0xff),
  ],
  longest: 1024,
  probe: (input) => {
    const script = new ByteScript(input);
    const key = new Uint8Array(32).fill(script.byte());
    key.set(script.take(script.byte() % 33));
    const isInPlace = script.byte() % 2 === 0;
    const packets = Array.from({ length: 1 + script.below(JOBS) }, () => readPacket(script));
    const sealed = packets.map((packet) => opensslSeal(key, packet));
    for (const kernel of KERNELS) {
      arena.bytes.set(key, KEY);
      place(
        packets,
        packets.map(({ plaintext }) => plaintext),
        isInPlace,
      );
      kernel.seal(KEY, TABLE, packets.length);
      const wanted = sealed.map((message) => Buffer.from(message).toString('hex'));
      promise(results(packets, TAG_BYTES).join() === wanted.join(), `${kernel.name} seals otherwise than OpenSSL`);
      checkOpen(kernel, packets, sealed, isInPlace);
    }
  },
};
