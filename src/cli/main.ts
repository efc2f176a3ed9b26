#!/usr/bin/env node
/** The program `awg-vpn`. */
import { writeSync } from 'node:fs';
import { runCommandLine } from './program.ts';

const STDOUT = 1;
const STDERR = 2;

/** Synchronous: nothing is lost when the process ends right after. A reader that has gone away is no reason to fail. */
function writeAll(descriptor: number, text: string): void {
  for (let rest = Buffer.from(text); rest.length > 0; ) rest = rest.subarray(writeSome(descriptor, rest));
}

/** Bytes taken care of; none when a slow reader's pipe is full. */
function writeSome(descriptor: number, bytes: Uint8Array): number {
  try {
    return writeSync(descriptor, bytes);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EAGAIN') return 0;
    if (code === 'EPIPE') return bytes.length;
    throw error;
  }
}

process.exitCode = await runCommandLine(process.argv.slice(2), {
  stdin: process.stdin,
  stdout: (text) => writeAll(STDOUT, text),
  stderr: (text) => writeAll(STDERR, text),
  environment: process.env,
});
