import assert from 'node:assert/strict';
import { test } from 'node:test';
import { copyPortably, nativeCopy } from './memory-copy.ts';
import { loadSyscalls } from './syscalls.ts';

const skip = process.platform !== 'linux' && 'Linux only';

for (const [name, make, reason] of [
  ['portable', () => copyPortably, false],
  ['native', () => nativeCopy(loadSyscalls()), skip],
] as const) {
  test(`${name}: exactly what was asked for is copied, between whatever memories`, { skip: reason }, () => {
    const copy = make();
    const shared = new Uint8Array(new SharedArrayBuffer(64));
    const sources = [Uint8Array.from({ length: 40 }, (_, i) => i), Buffer.from('0123456789abcdefghij'), shared];
    for (const source of [...sources, ...sources]) {
      const target = new Uint8Array(new SharedArrayBuffer(32)).subarray(4);
      copy(target, 3, source, 5, 10);
      assert.deepEqual([...target.subarray(3, 13)], [...source.subarray(5, 15)]);
      assert.ok(target.every((byte, index) => byte === 0 || (index >= 3 && index < 13)));
    }
  });
}
