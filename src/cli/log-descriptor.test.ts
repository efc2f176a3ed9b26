import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, existsSync, mkdtempSync, openSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { writerTo } from './log-descriptor.ts';

const skip = process.platform !== 'linux';

test('a pipe that nobody empties is not waited for', { skip }, (context) => {
  const directory = mkdtempSync(join(tmpdir(), 'awg-log-'));
  const path = join(directory, 'pipe');
  execFileSync('/usr/bin/mkfifo', [path]);
  // For both: opening one end alone would wait for the other, and a write to a full one for ever.
  const descriptor = openSync(path, 'r+');
  context.after(() => {
    closeSync(descriptor);
    rmSync(directory, { recursive: true });
  });
  const write = writerTo(descriptor);
  const line = Buffer.alloc(1000, 'x');
  let written = 0;
  for (let some = write(line); some > 0; some = write(line)) written += some;
  assert.ok(written > 4096 && written < 1 << 20, `${written}`);
  const room = Buffer.alloc(8192);
  readSync(descriptor, room);
  assert.equal(write(line), line.length);
});

test('a full disk is an error, at once', { skip: skip || !existsSync('/dev/full') }, () => {
  const descriptor = openSync('/dev/full', 'w');
  assert.throws(() => writerTo(descriptor)(Buffer.from('x')), { code: 'ENOSPC' });
  closeSync(descriptor);
});
