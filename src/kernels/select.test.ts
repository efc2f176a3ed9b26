import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Arena } from '../dataplane/arena.ts';
import type { AeadKernel } from './kernel.ts';
import { JOB, TAG_BYTES } from './kernel.ts';
import { ReferenceKernel } from './reference/reference-kernel.ts';
import { createAeadKernel, selectAeadKernel } from './select.ts';
import { findFault, TestBench } from './self-test.ts';

describe('kernel selection', () => {
  it('takes a sound and fast one and reports on all', () => {
    const { kernel, report } = selectAeadKernel(new Arena(32));
    assert.notEqual(kernel.name, 'reference');
    assert.deepEqual(
      report.map((row) => row.name),
      ['wasm-relaxed', 'wasm-simd', 'openssl', 'reference'],
    );
    assert.ok(report.every((row) => row.outcome !== 'failed'));
    for (const row of report) assert.equal(row.nanoseconds > 0, row.outcome === 'passed', row.name);
    assert.equal(report.find((row) => row.name === kernel.name)?.outcome, 'passed');
    assert.equal(report.at(-1)?.outcome, 'not-tried');
  });

  it('takes the one that is asked for', () => {
    for (const force of ['wasm-simd', 'openssl', 'reference'] as const) {
      const { kernel, report } = selectAeadKernel(new Arena(32), { force });
      assert.equal(kernel.name, force);
      assert.deepEqual(
        report.map((row) => [row.name, row.outcome]),
        [[force, 'passed']],
      );
    }
  });
});

describe('self-test', () => {
  const arena = new Arena(32);
  const bench = new TestBench(arena);
  const reference = new ReferenceKernel(arena);
  const sound = createAeadKernel('wasm-simd', arena);
  const { view, bytes } = arena;

  /** Calls `change` for each job after the sound kernel has done it. */
  function afterEach(jobs: number, count: number, change: (job: number, target: number, length: number) => void): void {
    for (let job = jobs; job < jobs + count * JOB.bytes; job += JOB.bytes) {
      change(job, view.getUint32(job + JOB.target, true), view.getUint32(job + JOB.length, true));
    }
  }

  function faulty(change: Partial<AeadKernel>): AeadKernel {
    return { ...sound, ...change };
  }

  it('finds no fault in sound kernels', () => {
    assert.equal(findFault(sound, reference, bench), undefined);
    assert.equal(findFault(reference, reference, bench), undefined);
  });

  it('finds a wrong last byte of the tag', () => {
    const seal: AeadKernel['seal'] = (key, jobs, count) => {
      sound.seal(key, jobs, count);
      afterEach(jobs, count, (_, target, length) => bytes.set([1], target + length + TAG_BYTES - 1));
    };
    assert.match(String(findFault(faulty({ seal }), reference, bench)), /known transport message/);
  });

  it('finds an error at one length only', () => {
    const seal: AeadKernel['seal'] = (key, jobs, count) => {
      sound.seal(key, jobs, count);
      afterEach(jobs, count, (_, target, length) => {
        if (length === 257) bytes.set([bytes[target + 256] ^ 1], target + 256);
      });
    };
    assert.match(String(findFault(faulty({ seal }), reference, bench)), /257 bytes sealed in place/);
  });

  it('finds a kernel that believes forgeries', () => {
    const open: AeadKernel['open'] = (key, jobs, count) => {
      sound.open(key, jobs, count);
      afterEach(jobs, count, (job) => view.setUint32(job + JOB.status, 0, true));
      return 0;
    };
    assert.match(String(findFault(faulty({ open }), reference, bench)), /0 forgeries found/);
  });

  it('finds one that leaves forged plaintext behind', () => {
    const open: AeadKernel['open'] = (key, jobs, count) => {
      const forged = sound.open(key, jobs, count);
      afterEach(jobs, count, (job, target, length) => {
        if (length > 0 && view.getUint32(job + JOB.status, true) === 1) bytes.set([7], target);
      });
      return forged;
    };
    assert.match(String(findFault(faulty({ open }), reference, bench)), /forged, open wrongly/);
  });
});
