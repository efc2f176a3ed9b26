import assert from 'node:assert/strict';
import { constants } from 'node:os';
import { test } from 'node:test';
import { ERRNO, errnoName, errnoText } from './errno.ts';
import { SystemCallError } from './system-call-error.ts';

test('the numbers are those of the operating system', { skip: process.platform !== 'linux' && 'Linux only' }, () => {
  const known = constants.errno as Readonly<Record<string, number>>;
  const shared = Object.entries(ERRNO).filter(([name]) => name in known);
  assert.ok(shared.length > 20);
  for (const [name, number] of shared) assert.equal(number, known[name], name);
});

test('an unknown number still has a name', () => {
  assert.equal(errnoName(ERRNO.EPERM), 'EPERM');
  assert.equal(errnoName(4242), 'errno 4242');
  assert.equal(errnoText(4242), 'unknown error');
});

test('a system call error says what was attempted, why not, and carries a stable code', () => {
  const error = new SystemCallError('ioctl TUNSETIFF', ERRNO.EBUSY, 'create TUN interface "a"', 'the name is taken');
  assert.equal(error.code, 'EBUSY');
  assert.equal(error.errno, 16);
  assert.equal(error.call, 'ioctl TUNSETIFF');
  assert.equal(
    error.message,
    'cannot create TUN interface "a": the name is taken (ioctl TUNSETIFF: EBUSY, device or resource busy)',
  );
  assert.equal(new SystemCallError('eventfd', ERRNO.EMFILE).message, 'eventfd: EMFILE, too many open files');
});
