import assert from 'node:assert/strict';
import { closeSync, openSync } from 'node:fs';
import { test } from 'node:test';
import { ERRNO } from './errno.ts';
import { NativeBuffer } from './native-buffer.ts';
import { watchReadable } from './readable-watch.ts';
import { loadSyscalls } from './syscalls.ts';

const skip = process.platform !== 'linux' && 'Linux only';

test('a failed call leaves its errno, and the next one its own', { skip }, () => {
  const syscalls = loadSyscalls();
  assert.equal(syscalls.read(-1, 0, 0), -1);
  assert.equal(syscalls.errno(), ERRNO.EBADF);
  assert.equal(syscalls.socket(9999, 1, 0), -1);
  assert.equal(syscalls.errno(), ERRNO.EAFNOSUPPORT);
  assert.equal(syscalls.sendmmsg(-1, 0, 1, 0), -1);
  assert.equal(syscalls.errno(), ERRNO.EBADF);
});

test('is loaded once per thread', { skip }, () => {
  assert.equal(loadSyscalls(), loadSyscalls());
});

test('reads into memory that JavaScript sees', { skip }, () => {
  const syscalls = loadSyscalls();
  const zero = openSync('/dev/zero', 'r');
  const shared = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
  const bytes = new Uint8Array(shared.buffer).fill(7);
  assert.equal(syscalls.read(zero, syscalls.addressOf(bytes) + 100, 50), 50);
  closeSync(zero);
  assert.deepEqual([bytes[99], bytes[100], bytes[149], bytes[150]], [7, 0, 0, 7]);
});

test('text for the kernel ends with a zero and does not overrun', { skip }, () => {
  const buffer = new NativeBuffer(loadSyscalls(), 8);
  buffer.bytes.fill(0xff);
  assert.equal(buffer.writeString(2, 'abc'), buffer.address + 2);
  assert.deepEqual([...buffer.bytes], [255, 255, 97, 98, 99, 0, 255, 255]);
  assert.equal(buffer.readString(2, 6), 'abc');
  assert.throws(() => buffer.writeString(2, 'abcdef'), RangeError);
});

test('the event loop hears of a readable descriptor', { skip }, async () => {
  const syscalls = loadSyscalls();
  const descriptor = syscalls.eventfd(1, 0);
  await new Promise<void>((resolve) => {
    const watch = watchReadable(descriptor, () => {
      watch.close();
      watch.close();
      resolve();
    });
  });
  assert.equal(syscalls.close(descriptor), 0);
});
