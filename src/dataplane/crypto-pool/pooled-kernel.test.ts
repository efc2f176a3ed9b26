/** Real threads over one memory: what they seal and open together is what one alone would have. */
import assert from 'node:assert/strict';
import { randomBytes, randomInt } from 'node:crypto';
import { after, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AeadKernel, KernelName } from '../../kernels/kernel.ts';
import { JOB, KERNEL_NAMES, MAX_JOBS, TAG_BYTES } from '../../kernels/kernel.ts';
import { ReferenceKernel } from '../../kernels/reference/reference-kernel.ts';
import { createAeadKernel } from '../../kernels/select.ts';
import { ARENA_PAGE, Arena, arenaMemory } from '../arena.ts';
import { CryptoThreads, poolPages } from './crypto-thread.ts';
import { PooledKernel } from './pooled-kernel.ts';
import { SharedBatch } from './shared-batch.ts';

const THREADS = 2;
const PAGES = 24;
const MTU = 1420;

class Pool {
  readonly memory = arenaMemory(PAGES + poolPages(THREADS));
  readonly arena = new Arena(this.memory, ARENA_PAGE, PAGES * ARENA_PAGE);
  readonly failures: Error[] = [];
  readonly threads = new CryptoThreads(THREADS, this.memory, (error) => this.failures.push(error));
  readonly batch = new SharedBatch(this.threads.handle.batch);
  readonly key = this.arena.reserve(32);
  readonly jobs = this.arena.reserve(MAX_JOBS * JOB.bytes);
  readonly packets = this.arena.reserve(MAX_JOBS * (MTU + TAG_BYTES + 16));
  readonly kernel: AeadKernel;
  readonly reference = new ReferenceKernel(this.arena);

  constructor(name: KernelName) {
    this.kernel = new PooledKernel(createAeadKernel(name, this.arena), this.batch);
    this.batch.announceKernel(KERNEL_NAMES.indexOf(name));
  }

  /** Packets of these lengths, one right behind the other, as on their way to the wire. Returns their contents. */
  lay(lengths: readonly number[]): Buffer[] {
    let at = this.packets;
    return lengths.map((length, index) => {
      const content = randomBytes(length);
      const job = this.jobs + index * JOB.bytes;
      const { view, bytes } = this.arena;
      bytes.set(content, at);
      for (const field of [JOB.source, JOB.target]) view.setUint32(job + field, at, true);
      view.setUint32(job + JOB.length, length, true);
      view.setUint32(job + JOB.counterLow, index, true);
      view.setUint32(job + JOB.counterHigh, 7, true);
      at += length + TAG_BYTES;
      return content;
    });
  }

  target(index: number): number {
    return this.#field(index, JOB.target);
  }

  /** What lies there now, with the tag. */
  lying(index: number): Buffer {
    return Buffer.from(this.arena.bytes.slice(this.target(index), this.#end(index) + TAG_BYTES));
  }

  /** One bit of the tag. */
  forge(index: number): void {
    this.arena.bytes[this.#end(index) + randomInt(TAG_BYTES)] ^= 1;
  }

  isForged(index: number): boolean {
    return this.#field(index, JOB.status) !== 0;
  }

  #end(index: number): number {
    return this.target(index) + this.#field(index, JOB.length);
  }

  #field(index: number, offset: number): number {
    return this.arena.view.getUint32(this.jobs + index * JOB.bytes + offset, true);
  }
}

function lengths(count: number): number[] {
  return Array.from({ length: count }, () => (randomInt(4) === 0 ? randomInt(MTU) : MTU));
}

function usable(name: KernelName): boolean {
  try {
    createAeadKernel(name, new Arena(8));
    return true;
  } catch {
    return false;
  }
}

for (const name of KERNEL_NAMES.filter(usable)) {
  describe(`the ${name} kernel with ${THREADS} threads to help`, () => {
    const pool = new Pool(name);
    const rounds = name === 'reference' ? 3 : 40;
    after(async () => {
      pool.threads.stop();
      await pool.threads.ended;
      assert.deepEqual(pool.failures, []);
    });

    test('seals as the reference does, and what it sealed is opened', async () => {
      await pool.threads.ready;
      for (let round = 0; round < rounds; round += 1) {
        const count = round === 0 ? MAX_JOBS : randomInt(1, MAX_JOBS + 1);
        pool.arena.bytes.set(randomBytes(32), pool.key);
        const contents = pool.lay(lengths(count));
        pool.kernel.seal(pool.key, pool.jobs, count);
        const sealed = contents.map((_, index) => pool.lying(index));
        for (const [index, content] of contents.entries()) pool.arena.bytes.set(content, pool.target(index));
        pool.reference.seal(pool.key, pool.jobs, count);
        for (const [index, packet] of sealed.entries())
          assert.deepEqual(packet, pool.lying(index), `packet ${index} of ${count}`);
        assert.equal(pool.kernel.open(pool.key, pool.jobs, count), 0);
        for (const [index, content] of contents.entries())
          assert.deepEqual(pool.lying(index).subarray(0, -TAG_BYTES), content);
      }
    });

    test('counts and marks forgeries wherever they are', async () => {
      await pool.threads.ready;
      pool.lay(lengths(MAX_JOBS));
      pool.kernel.seal(pool.key, pool.jobs, MAX_JOBS);
      const forged = Array.from({ length: MAX_JOBS }, (_, index) => randomInt(5) === 0 || index === MAX_JOBS - 1);
      for (const [index, isForged] of forged.entries()) if (isForged) pool.forge(index);
      assert.equal(pool.kernel.open(pool.key, pool.jobs, MAX_JOBS), forged.filter(Boolean).length);
      for (const [index, isForged] of forged.entries()) assert.equal(pool.isForged(index), isForged, `packet ${index}`);
    });
  });
}

test('the helpers do their part', async () => {
  const pool = new Pool('wasm-simd');
  await pool.threads.ready;
  const own = createAeadKernel('wasm-simd', pool.arena);
  pool.lay(lengths(MAX_JOBS));
  let helped = 0;
  for (let round = 0; round < 20; round += 1) {
    pool.batch.offer('seal', pool.key, pool.jobs, MAX_JOBS);
    await sleep(2);
    helped += MAX_JOBS / 16 - pool.batch.work(own);
    pool.batch.finish();
  }
  pool.threads.stop();
  await pool.threads.ended;
  assert.ok(helped > 100, `${helped} of 320 chunks`);
});

test('a thread that fails is reported, once it is missed', async () => {
  const failures: Error[] = [];
  const threads = new CryptoThreads(1, arenaMemory(poolPages(1) + 1), (error) => failures.push(error));
  new SharedBatch(threads.handle.batch).announceKernel(KERNEL_NAMES.length);
  await assert.rejects(threads.ready, /undefined/);
  await threads.ended;
  assert.match(failures[0]?.message ?? '', /undefined/);
});

test('threads that have not been given a kernel yet can be stopped', async () => {
  const threads = new CryptoThreads(2, arenaMemory(poolPages(2) + 1), (error) => assert.ifError(error));
  threads.stop();
  await threads.ended;
});

test('a batch is done without helpers, and one that does not come back is an error', () => {
  const memory = new SharedBatch(new SharedArrayBuffer(64));
  const calls: number[] = [];
  const kernel: AeadKernel = { name: 'reference', seal: (_, __, count) => void calls.push(count), open: () => 2 };
  memory.offer('seal', 0, 0, 40);
  assert.equal(memory.work(kernel), 3);
  assert.equal(memory.finish(), 0);
  assert.deepEqual(calls, [16, 16, 8]);
  memory.offer('open', 0, 0, 20);
  memory.work(kernel);
  assert.equal(memory.finish(), 4);
  memory.offer('open', 0, 0, 20);
  assert.throws(() => memory.work({ ...kernel, open: () => assert.fail('taken, and never done') }), /never done/);
  memory.work(kernel);
  assert.throws(() => memory.finish(), /does not come back/);
});
